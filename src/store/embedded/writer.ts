// The writer thread: it alone holds the head and writes the files.
import { listed } from '../../domain/counting.ts';
import { ExpectedError } from '../../domain/errors.ts';
import type { Clock } from '../../runtime/clock.ts';
import { directoryId } from '../../runtime/directory-id.ts';
import { type CallContext, createCaller, serveCalls } from '../../runtime/worker-call.ts';
import { createDerivedTicks } from '../../wire/derived-ticks.ts';
import type { Consumed, StoredHost, WriteResult } from '../store.ts';
import { createCheckSchedule } from './check-schedule.ts';
import { createPositions } from './durable-positions.ts';
import { createHead, type Head } from './head.ts';
import { shareHeadEdge } from './head-edge.ts';
import { createSnapshots } from './head-snapshot.ts';
import { type Hosts, openHosts } from './hosts.ts';
import { createIngest } from './ingest.ts';
import { startMaintenance } from './maintenance.ts';
import { createMerging } from './merging.ts';
import type {
  Connect,
  HeadCall,
  LogEvent,
  Times,
  WeekCall,
  WorkerSettings,
  WriterCall,
  WriterEvent,
} from './messages.ts';
import { buffersOf } from './packed-series.ts';
import { rebuildHosts } from './rebuild-hosts.ts';
import { openReplaySkips } from './replay-skips.ts';
import { openStoreManifest } from './store-manifest.ts';
import { openWeekFiles, type WeekFiles } from './week-files.ts';

/** An answer of 100,000 hosts in one message would hold up the main loop while it is cloned. */
const HOSTS_A_PIECE = 100;

/** Kept in hosts.sqlite: until then there may be chunks of windows that are still open. */
const EARLY_UNTIL = 'early_merges_until_ms';

export type WriterPorts = {
  readonly clock: Clock;
  readonly sendEvent: (event: WriterEvent | LogEvent) => void;
};

export type Writer = { answer(call: Exclude<WriterCall, Connect>, context: CallContext): unknown };

type LogLines = { readonly warn: (text: string) => void; readonly error: (text: string) => void };

/** What is on disk, opened; damaged files are moved aside and what they held is salvaged or rebuilt. */
function openFiles({ directory, port, times, retentionMs }: WorkerSettings, { warn, error }: LogLines) {
  const manifest = openStoreManifest({ directory, nowMs: times.wallMs, retentionMs, warn, error });
  const reader = createCaller<WeekCall>(port);
  let isDamaged = manifest.isMissing('hosts.sqlite');
  const owner = directoryId(directory, error);
  const hosts = openHosts({
    directory,
    owner,
    onDamaged(message) {
      isDamaged = true;
      error(message);
    },
  });
  const files = openWeekFiles(directory, {
    error,
    close: (week) => reader.call({ op: 'close', week }),
    reopen: (week) => void reader.call({ op: 'reopen', week }),
    owner,
  });
  if (hosts.damaged.length > 0) {
    error(
      `${hosts.damaged.length} entries of hosts.sqlite were damaged and are dropped: ${listed(hosts.damaged, LISTED)}`,
    );
  }
  if (isDamaged || hosts.damaged.length > 0) {
    const rebuilt = rebuildHosts(hosts, files);
    warn(
      `rebuilt ${rebuilt.length} hosts from their samples (${listed(rebuilt, LISTED)}); their facts come with their next hourly report`,
    );
  }
  return { hosts, files, manifest, skips: openReplaySkips({ directory, owner, onDamaged: warn }) };
}

/** A log line has room for some. */
const LISTED = 20;

export function createWriter(settings: WorkerSettings, { clock, sendEvent }: WriterPorts): Writer {
  const { port, retentionMs, maxBytes } = settings;
  const warn = (text: string) => sendEvent({ kind: 'log', text });
  const error = (text: string) => sendEvent({ kind: 'log', text, level: 'error' });
  const { hosts, files, manifest, skips } = openFiles(settings, { warn, error });
  const head = createHead(new Int32Array(settings.headVersions));
  const derived = createDerivedTicks({ comeAgain: false });
  const positions = createPositions(derived.warmFrom);
  const maintenance = startMaintenance({
    ...{ directory: settings.directory, hosts, files, positions, skips, retentionMs, maxBytes, warn },
    times: settings.times,
  });
  const { removedThrough } = maintenance;
  const ingest = createIngest({ derived, head, hosts, positions, skips, retentionMs, removedThrough });
  const merging = createMerging({
    ...{ clock, head, files, maxBytes: settings.maxHeadBytes },
    expiredBeforeMs: () => maintenance.believedMs() - retentionMs,
    release: positions.release,
    // Kept before the first such chunk is in a file, and beyond a restart.
    onEarly: (untilMs) => hosts.setLimit(EARLY_UNTIL, Math.max(untilMs, hosts.limit(EARLY_UNTIL) ?? 0)),
    onMerged: postState,
    onError: warn,
  });
  const totals = { records: 0, rejected_samples: 0 };

  const ingestAndShare: typeof ingest = (bytes, spans, times) => {
    try {
      return ingest(bytes, spans, times);
    } finally {
      shareHeadEdge(settings.headEdge, head.oldestWindow());
    }
  };

  function postState(): void {
    shareHeadEdge(settings.headEdge, head.oldestWindow());
    const { samples, late, units, bytes, series } = head.counts();
    sendEvent({
      kind: 'state',
      durable: [...positions.durable()],
      unhealthy: merging.unhealthy() ?? maintenance.unhealthy(),
      note: manifest.note(),
      stats: {
        ...totals,
        ...merging.stats(),
        ...maintenance.stats(),
        head_samples: samples,
        late_samples: late,
        head_units: units,
        head_bytes: bytes,
        head_series: series,
        weeks: files.weeks().length,
        ...files.stats(),
        ...manifest.stats(),
        hosts: hosts.size(),
        records_done_early: skips.size(),
      },
    });
  }

  function write({ bytes, spans, times }: WriterCall & { op: 'write' }): WriteResult {
    // Before anything is taken in: history that comes faster than it is merged would fill the memory.
    merging.makeRoom();
    const error = merging.unhealthy();
    if (error)
      throw new ExpectedError('UNAVAILABLE', error, { hint: 'Check the disk of the data directory.' });
    const { samples, rejected } = ingestAndShare(bytes, spans, times);
    totals.records += spans.length;
    totals.rejected_samples += rejected.length;
    return { samples, rejected };
  }

  function tick(times: Times): void {
    try {
      maintenance.run(times);
      checking.run();
      if (merging.isIdle()) files.emptyLogs();
      manifest.update(files, clock.monotonicMs());
      merging.mergeDue(times);
      postState();
    } catch (error) {
      // A bug: it ends the thread, and with it the store. The bus still has what is not in files.
      setImmediate(() => {
        throw error;
      });
    }
  }

  function stop(): void {
    // What is in the head stays on the bus and is replayed; the last state lets persist commit all that is in files.
    merging.stop();
    checking.stop();
    maintenance.flush();
    manifest.flush(files);
    postState();
    for (const file of [hosts, skips, files]) file.close();
  }

  // Without damage the next tick is early enough.
  const postDamage = () => {
    const numbers = { ...files.stats(), ...manifest.stats() };
    if (Object.values(numbers).some((number) => number > 0)) postState();
  };
  let isCompared = false;
  const onDone = () => {
    if (!isCompared) manifest.compare(files);
    isCompared = true;
    postDamage();
  };
  const checking = createCheckSchedule(files, { clock, onDone, onError: warn });
  checking.run();
  postDamage();

  serveHead(port, { head, hosts, files });

  return {
    answer(call, context) {
      switch (call.op) {
        case 'write':
          return write(call);
        case 'tick':
          return tick(call.times);
        case 'hosts':
          return sendInPieces(hosts.list(call), context);
        case 'watermarks':
          return hosts.watermarks();
        case 'consumed':
          return consumedOf(hosts, files);
        case 'stop':
          return stop();
      }
    },
  };
}

/** What the reader's thread asks for: points that are not in files yet, and what damaged weeks still have. */
function serveHead(
  port: WorkerSettings['port'],
  { head, hosts, files }: { readonly head: Head; readonly hosts: Hosts; readonly files: WeekFiles },
): void {
  const snapshots = createSnapshots(head);
  serveCalls<HeadCall>(port, (call, { transfer }) => {
    if (call.op === 'damaged') return files.salvage(call.week, call.why);
    if (call.op === 'hosts') return [...head.hosts.keys()];
    const packed = snapshots.take(call.request, call.only);
    transfer.push(...buffersOf(packed));
    const { request } = call;
    return {
      ...packed,
      earlyMerges: request.kind === 'newest' && request.nowMs < (hosts.limit(EARLY_UNTIL) ?? 0),
    };
  });
}

function consumedOf(hosts: Hosts, files: WeekFiles): ReadonlyMap<number, Consumed> | undefined {
  const found = hosts.consumed();
  // Of a version that did not keep it, or lost to damage, which was said.
  return found.size === 0 && (hosts.size() > 0 || files.weeks().length > 0) ? undefined : found;
}

async function sendInPieces(hosts: readonly StoredHost[], context: CallContext): Promise<void> {
  for (let at = 0; at < hosts.length; at += HOSTS_A_PIECE) {
    await context.piece(hosts.slice(at, at + HOSTS_A_PIECE));
  }
}
