// Hosts as analyze would tell of them, and a manage service over a real catalog that asks for them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AnalyzeService } from '../../src/api/analyze.ts';
import type { ManageService } from '../../src/api/manage.ts';
import type { Catalog } from '../../src/catalog/catalog.ts';
import { openSqliteCatalog } from '../../src/catalog/sqlite.ts';
import { createManageService } from '../../src/daemons/manage/service.ts';
import { ExpectedError } from '../../src/domain/errors.ts';
import { compareBytes } from '../../src/domain/names.ts';
import { createVirtualClock, type VirtualClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import type { StoredHost } from '../../src/store/store.ts';

export const NOW_MS = Date.parse('2026-11-25T10:00:00.000Z');
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** A host that reported `agoMs` before `nowMs`, with one machine of its own. */
export function reporter(
  hostId: string,
  more: Partial<StoredHost> & { agoMs?: number; nowMs?: number } = {},
): StoredHost {
  const { agoMs = 1_000, nowMs = NOW_MS, ...rest } = more;
  const lastReceivedMs = nowMs - agoMs;
  return {
    hostId,
    firstSeenMs: NOW_MS - 10 * HOUR,
    lastSeenMs: lastReceivedMs,
    lastReceivedMs,
    intervalMs: MINUTE,
    bootId: `boot of ${hostId}`,
    agentVersion: '0.1.0',
    machines: [{ machineId: `machine of ${hostId}`, lastReceivedMs }],
    facts: {},
    ...rest,
  };
}

export type Stream = {
  hosts: StoredHost[];
  /** How long ago the slowest partition was read; undefined: no partition was. */
  behindMs: number | undefined;
  /** Set: analyze does not answer. */
  down: boolean;
  calls: number;
};

export type ManageFixture = {
  readonly service: ManageService;
  readonly catalog: Catalog;
  readonly clock: VirtualClock;
  readonly stream: Stream;
  stop(): Promise<void>;
};

/** Manage over a fresh SQLite catalog; `stream` is what analyze tells, and may be changed. */
export async function openManage(hosts: readonly StoredHost[] = []): Promise<ManageFixture> {
  const dir = mkdtempSync(join(tmpdir(), 'minimon-manage-'));
  const clock = createVirtualClock(NOW_MS);
  const catalog = await openSqliteCatalog({ path: join(dir, 'catalog.db'), logger: silentLogger, clock });
  const stream: Stream = { hosts: [...hosts], behindMs: 1_000, down: false, calls: 0 };
  const service = createManageService({
    catalog,
    analyze: {
      listReportingHosts: pagesOf(stream, clock),
      queryLatest: async () => ({ nowMs: clock.nowMs(), samples: [], warnings: [] }),
    },
    clock,
    logger: silentLogger,
  });
  return {
    service,
    catalog,
    clock,
    stream,
    async stop() {
      await catalog.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function pagesOf(stream: Stream, clock: VirtualClock): AnalyzeService['listReportingHosts'] {
  return async ({ sinceMs = 0, limit = 1_000, cursor = '0' }) => {
    stream.calls++;
    if (stream.down) throw new ExpectedError('UNREACHABLE', 'no server answered at 127.0.0.1:8010');
    const all = stream.hosts
      .filter((host) => host.lastSeenMs >= sinceMs)
      .sort((a, b) => compareBytes(a.hostId, b.hostId));
    const end = Number(cursor) + limit;
    return {
      nowMs: clock.nowMs(),
      hosts: all.slice(Number(cursor), end),
      watermarks:
        stream.behindMs === undefined
          ? []
          : [
              { partition: 0, receivedMs: clock.nowMs() },
              { partition: 1, receivedMs: clock.nowMs() - stream.behindMs },
            ],
      ...(end < all.length && { nextCursor: String(end) }),
    };
  };
}
