// The writer thread: it alone holds the head and writes the files.
import { ExpectedError, messageOf } from '../../domain/errors.ts';
import type { Clock } from '../../runtime/clock.ts';
import { createHead } from './head.ts';
import { snapshotHead } from './head-snapshot.ts';
import { openHosts, rebuildHosts } from './hosts.ts';
import { createIngest } from './ingest.ts';
import { createMerging } from './merging.ts';
import {
  type FromWorker,
  failureOf,
  type HostsQuery,
  type ReaderToWriter,
  type ToWriter,
  type WorkerSettings,
  type WriterToReader,
} from './messages.ts';
import { buffersOf } from './packed-series.ts';
import { createPieceFlow } from './piece-flow.ts';
import { createPositions } from './positions.ts';
import { openReplaySkips } from './replay-skips.ts';
import { openWeekFiles } from './week-files.ts';

/** What is known of hosts is written this often. */
const HOSTS_EVERY_MS = 5_000;
const SWEEP_EVERY_MS = 60_000;
const HOSTS_A_PIECE = 100;
const REMOVED_THROUGH = 'removed_through_week';

export type WriterPorts = {
  readonly clock: Clock;
  post(message: FromWorker, buffers?: readonly ArrayBuffer[]): void;
  toReader(message: WriterToReader, buffers?: readonly ArrayBuffer[]): void;
};

export type Writer = {
  receive(message: ToWriter): void;
  receiveFromReader(message: ReaderToWriter): void;
};

export function createWriter(settings: WorkerSettings, { clock, post, toReader }: WriterPorts): Writer {
  const { directory, retentionMs, maxBytes } = settings;
  const warn = (text: string) => post({ kind: 'log', level: 'warn', text });
  let hostsDamaged = false;
  const hosts = openHosts(directory, (message) => {
    hostsDamaged = true;
    warn(message);
  });
  const files = openWeekFiles(directory, {
    damaged: warn,
    forget: (week) => toReader({ kind: 'forget', week }),
    renewed: (week) => toReader({ kind: 'renewed', week }),
  });
  const head = createHead();
  const positions = createPositions();
  let removedThrough = hosts.limit(REMOVED_THROUGH);
  const skips = openReplaySkips(directory, warn);
  const ingest = createIngest({
    head,
    hosts,
    positions,
    skips,
    retentionMs,
    removedThrough: () => removedThrough,
  });
  const merging = createMerging({
    clock,
    head,
    files,
    retentionMs,
    release: positions.release,
    onMerged: tell,
    onError: warn,
  });
  const flow = createPieceFlow(post);
  let hostsError: string | undefined;
  let hostsDueMs = settings.nowMs + HOSTS_EVERY_MS;
  let sweepDueMs = 0;
  let fileBytes = files.bytes();
  const totals = { records: 0, rejected: 0, weeks_removed: 0 };

  if (hostsDamaged) {
    const count = rebuildHosts(hosts, files);
    warn(`rebuilt ${count} hosts from their samples; their facts come with their next hourly report`);
  }
  sweep(settings.nowMs);

  function tell(): void {
    const { samples, late, units } = head.counts();
    const { created, merged, unchanged, damaged, turns, failures, expired } = merging.counts();
    post({
      kind: 'state',
      durable: [...positions.durable()],
      fault: merging.unhealthy() ?? hostsError,
      stats: {
        records: totals.records,
        rejected_samples: totals.rejected,
        expired_samples: expired,
        head_samples: samples,
        late_samples: late,
        head_units: units,
        chunks_created: created,
        chunks_merged: merged,
        chunks_unchanged: unchanged,
        chunks_damaged: damaged,
        seal_turns: turns,
        write_failures: failures,
        weeks: files.weeks().length,
        weeks_removed: totals.weeks_removed,
        files_damaged: files.damaged(),
        file_bytes: fileBytes,
        hosts: hosts.size(),
        records_done_early: skips.size(),
      },
    });
  }

  function flushHosts(): void {
    try {
      hosts.flush();
      skips.update(positions.hostsFlushed(), positions.durable());
      hostsError = undefined;
    } catch (error) {
      hostsError = `cannot write what is known of hosts: ${messageOf(error)}`;
      warn(hostsError);
    }
  }

  function sweep(nowMs: number): void {
    sweepDueMs = nowMs + SWEEP_EVERY_MS;
    hosts.deleteBefore(nowMs - retentionMs);
    const { weeks, forSize } = files.sweep({ nowMs, retentionMs, maxBytes });
    fileBytes = files.bytes();
    totals.weeks_removed += weeks.length;
    if (forSize === undefined) return;
    removedThrough = Math.max(forSize, removedThrough ?? forSize);
    hosts.setLimit(REMOVED_THROUGH, removedThrough);
    warn(`weeks were removed early to keep the store within ${maxBytes} bytes`);
  }

  function trySweep(nowMs: number): void {
    try {
      sweep(nowMs);
    } catch (error) {
      warn(`old weeks could not be removed: ${messageOf(error)}`);
    }
  }

  function write(message: ToWriter & { kind: 'write' }): void {
    const { id, bytes, spans, nowMs } = message;
    merging.flushLate(nowMs);
    const fault = merging.unhealthy();
    if (fault)
      throw new ExpectedError('UNAVAILABLE', fault, { hint: 'Look at the disk of the data directory.' });
    const { samples, rejected } = ingest(bytes, spans, nowMs);
    totals.records += spans.length;
    totals.rejected += rejected.length;
    post({ kind: 'written', id, samples, rejected });
  }

  function tick(nowMs: number): void {
    if (nowMs >= hostsDueMs) {
      hostsDueMs = nowMs + HOSTS_EVERY_MS;
      flushHosts();
    }
    if (nowMs >= sweepDueMs) trySweep(nowMs);
    merging.mergeDue(nowMs);
    tell();
    post({ kind: 'ticked' });
  }

  async function sendHosts(id: number, query: HostsQuery, nowMs: number): Promise<void> {
    const found = hosts.list({ ...query, nowMs });
    for (let at = 0; at < found.length; at += HOSTS_A_PIECE) {
      await flow.send(id, { kind: 'hosts', hosts: found.slice(at, at + HOSTS_A_PIECE) });
    }
    flow.end(id);
    post({ kind: 'done', id });
  }

  function stop(id: number): void {
    merging.stop();
    flushHosts();
    tell();
    hosts.close();
    skips.close();
    files.close();
    post({ kind: 'done', id });
  }

  function hand(message: ToWriter & { kind: 'query' }): void {
    const packed = snapshotHead(head, message.query);
    toReader({ ...message, head: packed }, buffersOf(packed));
  }

  function sendWatermarks(id: number): void {
    post({ kind: 'piece', id, piece: { kind: 'watermarks', watermarks: hosts.watermarks() } });
    post({ kind: 'done', id });
  }

  function handle(message: ToWriter): void {
    if (message.kind === 'write') write(message);
    else if (message.kind === 'tick') tick(message.nowMs);
    else if (message.kind === 'query') hand(message);
    else if (message.kind === 'hosts') void sendHosts(message.id, message.query, message.nowMs);
    else if (message.kind === 'watermarks') sendWatermarks(message.id);
    else if (message.kind === 'more') flow.more(message.id);
    else stop(message.id);
  }

  return {
    receive(message) {
      try {
        handle(message);
      } catch (error) {
        // Without an id nobody waits for an answer: it is a fault of the thread.
        if (!('id' in message)) throw error;
        post({ kind: 'failed', id: message.id, failure: failureOf(error) });
      }
    },
    receiveFromReader(message) {
      if (message.kind === 'damaged') files.giveUp(message.week, message.why);
      else files.released(message.week);
    },
  };
}
