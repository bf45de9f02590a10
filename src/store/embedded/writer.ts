// The writer thread: it alone holds the head and writes the files.
import { ExpectedError } from '../../domain/errors.ts';
import type { Clock } from '../../runtime/clock.ts';
import { createHead } from './head.ts';
import { snapshotHead } from './head-snapshot.ts';
import { openHosts, rebuildHosts } from './hosts.ts';
import { createIngest } from './ingest.ts';
import { startMaintenance } from './maintenance.ts';
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

const HOSTS_A_PIECE = 100;

export type WriterPorts = {
  readonly clock: Clock;
  post(message: FromWorker, buffers?: readonly ArrayBuffer[]): void;
  toReader(message: WriterToReader, buffers?: readonly ArrayBuffer[]): void;
};

export type Writer = {
  receive(message: ToWriter): void;
  receiveFromReader(message: ReaderToWriter): void;
};

/** What is on disk, opened; damaged files are moved aside and what they held is rebuilt. */
function openFiles(directory: string, warn: (text: string) => void, toReader: WriterPorts['toReader']) {
  let isDamaged = false;
  const hosts = openHosts(directory, (message) => {
    isDamaged = true;
    warn(message);
  });
  const files = openWeekFiles(directory, {
    damaged: warn,
    forget: (week) => toReader({ kind: 'forget', week }),
    renewed: (week) => toReader({ kind: 'renewed', week }),
  });
  if (isDamaged) {
    const count = rebuildHosts(hosts, files);
    warn(`rebuilt ${count} hosts from their samples; their facts come with their next hourly report`);
  }
  return { hosts, files, skips: openReplaySkips(directory, warn) };
}

export function createWriter(settings: WorkerSettings, { clock, post, toReader }: WriterPorts): Writer {
  const { directory, retentionMs, maxBytes } = settings;
  const warn = (text: string) => post({ kind: 'log', level: 'warn', text });
  const { hosts, files, skips } = openFiles(directory, warn, toReader);
  const head = createHead();
  const positions = createPositions();
  const maintenance = startMaintenance({
    ...{ hosts, files, positions, skips, retentionMs, maxBytes, warn },
    nowMs: settings.nowMs,
  });
  const { removedThrough } = maintenance;
  const ingest = createIngest({ head, hosts, positions, skips, retentionMs, removedThrough });
  const merging = createMerging({
    ...{ clock, head, files, retentionMs },
    release: positions.release,
    onMerged: postState,
    onError: warn,
  });
  const flow = createPieceFlow(post);
  const totals = { records: 0, rejected_samples: 0 };

  function postState(): void {
    const { samples, late, units } = head.counts();
    post({
      kind: 'state',
      durable: [...positions.durable()],
      unhealthy: merging.unhealthy() ?? maintenance.unhealthy(),
      stats: {
        ...totals,
        ...merging.stats(),
        ...maintenance.stats(),
        head_samples: samples,
        late_samples: late,
        head_units: units,
        weeks: files.weeks().length,
        files_damaged: files.damaged(),
        hosts: hosts.size(),
        records_done_early: skips.size(),
      },
    });
  }

  function write({ id, bytes, spans, nowMs }: ToWriter & { kind: 'write' }): void {
    merging.flushLate(nowMs);
    const error = merging.unhealthy();
    if (error)
      throw new ExpectedError('UNAVAILABLE', error, { hint: 'Look at the disk of the data directory.' });
    const { samples, rejected } = ingest(bytes, spans, nowMs);
    totals.records += spans.length;
    totals.rejected_samples += rejected.length;
    post({ kind: 'written', id, samples, rejected });
  }

  function tick(nowMs: number): void {
    maintenance.run(nowMs);
    merging.mergeDue(nowMs);
    postState();
    post({ kind: 'ticked' });
  }

  /** The head's part of the answer goes to the reader, which adds what the files have. */
  function query(message: ToWriter & { kind: 'query' }): void {
    const packed = snapshotHead(head, message.query);
    toReader({ ...message, head: packed }, buffersOf(packed));
  }

  async function sendHosts(id: number, asked: HostsQuery, nowMs: number): Promise<void> {
    const found = hosts.list({ ...asked, nowMs });
    for (let at = 0; at < found.length; at += HOSTS_A_PIECE) {
      await flow.send(id, { kind: 'hosts', hosts: found.slice(at, at + HOSTS_A_PIECE) });
    }
    flow.end(id);
    post({ kind: 'done', id });
  }

  function sendWatermarks(id: number): void {
    post({ kind: 'piece', id, piece: { kind: 'watermarks', watermarks: hosts.watermarks() } });
    post({ kind: 'done', id });
  }

  function stop(id: number): void {
    merging.stop();
    maintenance.flush();
    postState();
    for (const file of [hosts, skips, files]) file.close();
    post({ kind: 'done', id });
  }

  function handle(message: ToWriter): void {
    if (message.kind === 'write') write(message);
    else if (message.kind === 'tick') tick(message.nowMs);
    else if (message.kind === 'query') query(message);
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
        // Without an id nobody waits for an answer: it ends the thread.
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
