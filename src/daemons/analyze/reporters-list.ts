// The list of hosts that report, in pages: one reading of the store serves all pages of a list.
import type { AnalyzeService } from '../../api/analyze.ts';
import { firstAfter, pageCursor, pageLimit, parsePageCursor } from '../../domain/page-cursor.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Store, StoredHost } from '../../store/store.ts';
import { sinceOf } from './question.ts';

const FRESH_MS = 10_000;

export function createReportersList(parts: {
  readonly store: Pick<Store, 'hosts' | 'watermarks'>;
  readonly clock: Clock;
  /** Why answers may lack samples for now, in words. */
  readonly replaying?: (() => string | undefined) | undefined;
}): AnalyzeService['listReportingHosts'] {
  const { store, clock } = parts;
  let last: { sinceMs: number; readMs: number; hosts: readonly StoredHost[] } | undefined;

  async function read(sinceMs: number, afterHostId: string | undefined): Promise<readonly StoredHost[]> {
    const nowMs = clock.monotonicMs();
    const fresh = last && last.sinceMs === sinceMs && nowMs - last.readMs < FRESH_MS;
    // A first page is always read from the store; the pages after it are cut from what it read.
    if (last && fresh && afterHostId !== undefined) return last.hosts;
    const hosts = await store.hosts({ sinceMs });
    last = { sinceMs, readMs: nowMs, hosts };
    return hosts;
  }

  return async (request) => {
    const limit = pageLimit(request.limit);
    const sinceMs = await sinceOf(request, { store, clock });
    const afterHostId = parsePageCursor('reporting', request.cursor);
    const [hosts, watermarks] = await Promise.all([read(sinceMs, afterHostId), store.watermarks()]);
    const from = afterHostId === undefined ? 0 : firstAfter(hosts, afterHostId, (host) => host.hostId);
    const page = hosts.slice(from, from + limit);
    const more = from + limit < hosts.length;
    const replaying = parts.replaying?.();
    return {
      nowMs: clock.nowMs(),
      hosts: page,
      watermarks,
      ...(more && { nextCursor: pageCursor('reporting', page.at(-1)!.hostId) }),
      ...(replaying !== undefined && { replaying }),
    };
  };
}
