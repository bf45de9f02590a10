// What a series that has one sample takes of memory, room by room: `node bench/new-series.ts [series]`. Heap and buffers after
// a garbage collection, against before.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createAdmission } from '../src/daemons/report/admission.ts';
import { directoryId } from '../src/runtime/directory-id.ts';
import { createHead } from '../src/store/embedded/head.ts';
import { createHeadVersions } from '../src/store/embedded/head-versions.ts';
import { createReaderFiles } from '../src/store/embedded/reader-files.ts';
import { openWeekFile } from '../src/store/embedded/week-file.ts';
import { weekFileName, weekOf, windowOf } from '../src/store/embedded/windows.ts';
import { createTickReader } from '../src/wire/tick-reader.ts';
import type { TickView } from '../src/wire/tick-view.ts';
import { encodeRequest, encodeTick } from '../src/wire/tick-writer.ts';

const SERIES = Number(process.argv[2] ?? 1_000_000);
const A_TICK = 400;
const A_HOST = 2_000;

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

function bytesNow(): number {
  for (let i = 0; i < 4; i++) gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Ticks as they are read from the bus: each names series that nobody had before. */
function eachTick(take: (tick: TickView) => void): void {
  const reader = createTickReader();
  const timeMs = 1_790_000_000_000;
  for (let at = 0; at < SERIES; at += A_TICK) {
    const samples = Array.from({ length: A_TICK }, (_, i) => ({
      ...{ metric: 'app.gauge', labels: { name: `made-up-${at + i}` }, value: i },
    }));
    const tick = encodeTick({
      ...{ hostId: `greedy-${Math.floor(at / A_HOST)}`, timeMs: timeMs + at, intervalMs: 1_000 },
      ...{ machineId: '', bootId: '', agentVersion: 'bench', samples },
    });
    reader.readRequest(encodeRequest([tick], false), (view) => take(view));
  }
}

const rows: Record<string, { 'bytes a series': number; 'CPU us a series': number }> = {};
function measure<T>(room: string, fill: () => T): T {
  const before = bytesNow();
  const began = process.threadCpuUsage();
  const kept = fill();
  const { user, system } = process.threadCpuUsage(began);
  rows[room] = {
    'bytes a series': Math.round((bytesNow() - before) / SERIES),
    'CPU us a series': Number(((user + system) / SERIES).toFixed(2)),
  };
  return kept;
}

const kept: unknown[] = [];
measure('reading alone', () => eachTick(() => {}));
kept.push(
  measure('report: admission', () => {
    const admission = createAdmission(
      { maxHosts: 1e6, maxSeries: 1e8, maxSeriesPerHost: A_HOST },
      { monotonicMs: () => 0 },
    );
    eachTick((tick) => {
      admission.hostError(tick.hostId);
      admission.seriesErrors(tick.hostId, tick.layout, 'none');
    });
    return admission;
  }),
);
const head = measure("store's writer: head", () => {
  const head = createHead(new Int32Array(createHeadVersions()));
  const record = { pending: 0 } as never;
  eachTick((tick) => head.add(tick, { record, times: { wallMs: tick.timeMs, monotonicMs: 0 } }));
  return head;
});
console.log(`head counts itself as ${Math.round(head.counts().bytes / SERIES)} bytes a series`);
const directory = mkdtempSync(join(tmpdir(), 'minimon-new-series-'));
try {
  const week = weekOf(windowOf(1_790_000_000_000, 0));
  const path = join(directory, weekFileName(week));
  const owner = directoryId(directory, console.error);
  kept.push(
    measure("store's writer: names of a week", () => {
      const file = openWeekFile({ path, week, owner, warn: console.error });
      file.transaction(() =>
        eachTick((tick) => {
          for (const { key } of tick.layout.series) file.seriesId(tick.hostId, key);
        }),
      );
      file.emptyLog();
      return file;
    }),
  );
  kept.push(
    measure("store's reader: names of a week", () => {
      const files = createReaderFiles(directory, console.error);
      files.read(week, (file) => [...file.hostIds()].length);
      return files;
    }),
  );
} finally {
  rmSync(directory, { recursive: true });
}
console.table(rows);
