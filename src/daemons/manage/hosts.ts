// Host lists of the API: the inventory joined with reporting hosts, in pages, and unmanaged hosts.
import { type Host, type HostPage, MAX_PATTERNS, type ManageService } from '../../api/manage.ts';
import type { InventoryHost } from '../../catalog/catalog.ts';
import { didYouMean } from '../../domain/did-you-mean.ts';
import { ExpectedError } from '../../domain/errors.ts';
import { compileGlob } from '../../domain/glob.ts';
import { HOST_STATES } from '../../domain/host.ts';
import { checkInstant } from '../../domain/instant.ts';
import { checkHostId, checkLocation, compareBytes } from '../../domain/names.ts';
import { firstAfter, pageCursor, pageLimit, parsePageCursor } from '../../domain/page-cursor.ts';
import { reportsSinceMs } from '../../domain/tick.ts';
import { locationUnknown } from '../../domain/unknown-names.ts';
import { createTurns } from '../../runtime/turns.ts';
import type { StoredHost } from '../../store/store.ts';
import { hostOf, stateOf } from './host-view.ts';
import {
  checkHostIds,
  INVENTORY_PAGE,
  inventoryEntries,
  type ServiceParts,
  unknownHost,
} from './inventory-entries.ts';
import { type ReportingView, warningsOf } from './reporting-hosts.ts';
import { createSuggestions } from './suggestions.ts';

export function createHosts({
  inventory,
  reporting,
  clock,
}: ServiceParts): Pick<ManageService, 'listHosts' | 'getHost' | 'listUnmanaged' | 'findAllHosts'> {
  async function checkKnownLocation(location: string): Promise<void> {
    checkLocation(location);
    const known = await inventory.locations();
    if (known.some((one) => one.location === location)) return;
    throw locationUnknown(
      location,
      known.map((one) => one.location),
    );
  }

  return {
    async listHosts({ location, state, all, patterns = [], limit, cursor }): Promise<HostPage> {
      const wanted = pageLimit(limit);
      checkState(state);
      const isNamed = namedBy(patterns);
      const afterHostId = parsePageCursor('hosts', cursor);
      if (location !== undefined) await checkKnownLocation(location);
      const view = await reporting.current();
      const from = { page: Math.min(wanted + 1, INVENTORY_PAGE), ...(afterHostId && { afterHostId }) };
      // A host that only reports has no location.
      const rows =
        all && location === undefined
          ? entriesAndReporters(from, {
              inventory,
              view,
              sinceMs: reportsSinceMs(clock.nowMs(), view.watermarks),
            })
          : inventoryOnly(
              inventoryEntries(inventory, { ...from, ...(location !== undefined && { location }) }),
            );
      const hosts: Host[] = [];
      const at = { view, nowMs: clock.nowMs() };
      const turn = createTurns(clock);
      for await (const row of rows) {
        await turn();
        if (!isNamed(row.hostId)) continue;
        if (state !== undefined && stateOf(view.hosts.get(row.hostId), at) !== state) continue;
        if (hosts.length === wanted) {
          const nextCursor = pageCursor('hosts', hosts.at(-1)!.hostId);
          return { hosts, nextCursor, warnings: warningsOf(view) };
        }
        hosts.push(hostOf(row, at));
      }
      return { hosts, warnings: warningsOf(view) };
    },

    async getHost(hostId) {
      await checkHostIds([hostId], { inventory, reporting });
      const [entry, view] = await Promise.all([inventory.find({ hostId }), reporting.current()]);
      if (!entry && !view.hosts.has(hostId)) {
        if (view.warning === undefined) throw await unknownHost(inventory, hostId, view);
        throw new ExpectedError('UNAVAILABLE', `${hostId} is not in the inventory; ${view.warning}`, {
          hint: 'Retry when analyze answers again.',
        });
      }
      return hostOf({ hostId, entry }, { view, nowMs: clock.nowMs() });
    },

    async listUnmanaged({ sinceMs }) {
      const view = await reporting.current();
      const since =
        sinceMs === undefined
          ? reportsSinceMs(clock.nowMs(), view.watermarks)
          : checkInstant(sinceMs, 'since');
      if (!view.known) {
        // An empty list would say that every host has its location.
        throw new ExpectedError('UNAVAILABLE', view.warning ?? 'analyze has not answered yet', {
          hint: 'Start analyze or check its log, then retry.',
        });
      }
      const hosts = await unmanagedHosts(inventory, { view, sinceMs: since, nowMs: clock.nowMs() });
      return { hosts, warnings: warningsOf(view) };
    },

    async findAllHosts() {
      const hosts: InventoryHost[] = [];
      for await (const entry of inventoryEntries(inventory)) hosts.push(entry);
      return hosts.sort((a, b) => a.id - b.id);
    },
  };
}

/** Inventory entries and, between them, the hosts that only report, in byte order of host id. */
async function* entriesAndReporters(
  query: { readonly afterHostId?: string; page?: number },
  parts: Pick<ServiceParts, 'inventory'> & { readonly view: ReportingView; readonly sinceMs: number },
) {
  const { inventory, view, sinceMs } = parts;
  let at = query.afterHostId === undefined ? 0 : firstAfter(view.ids, query.afterHostId, (id) => id);
  const reporters = function* (before?: string) {
    for (; at < view.ids.length; at++) {
      const hostId = view.ids[at]!;
      if (before !== undefined && compareBytes(hostId, before) >= 0) return;
      if (lastHeardMs(view.hosts.get(hostId)!) >= sinceMs) yield { hostId, entry: undefined };
    }
  };
  for await (const entry of inventoryEntries(inventory, query)) {
    yield* reporters(entry.hostId);
    if (view.ids[at] === entry.hostId) at++;
    yield { hostId: entry.hostId, entry };
  }
  yield* reporters();
}

/** Who reported since then and has no location, with a suggestion where there is one. */
async function unmanagedHosts(
  inventory: ServiceParts['inventory'],
  at: { readonly view: ReportingView; readonly sinceMs: number; readonly nowMs: number },
): Promise<Host[]> {
  const { view, sinceMs } = at;
  const known = new Map<string, InventoryHost>();
  for await (const entry of inventoryEntries(inventory)) known.set(entry.hostId, entry);
  const suggest = createSuggestions(residentsOf(known.values(), view));
  const removed = await inventory.removedSince(sinceMs);
  return (
    view.ids
      .filter((id) => view.hosts.get(id)!.lastSeenMs >= sinceMs && known.get(id)?.location === undefined)
      // A host that was removed because it has ended is not to be given a location again.
      .filter((id) => !removed.has(id) || view.hosts.get(id)!.lastReceivedMs > removed.get(id)!)
      .map((hostId) => {
        const host = hostOf({ hostId, entry: known.get(hostId) }, at);
        const suggestion = suggest(host);
        return suggestion ? { ...host, suggestion } : host;
      })
  );
}

/** Whether one of the patterns names a host; without patterns all are. */
function namedBy(patterns: readonly string[]): (hostId: string) => boolean {
  if (patterns.length > MAX_PATTERNS) {
    throw new ExpectedError(
      'BAD_REQUEST',
      `${patterns.length} patterns are over the limit of ${MAX_PATTERNS}`,
      {
        hint: 'Ask with fewer of them, or for all hosts.',
      },
    );
  }
  for (const pattern of patterns) checkHostId(pattern);
  const globs = patterns.map(compileGlob);
  return (hostId) => globs.length === 0 || globs.some((matches) => matches(hostId));
}

/** Also of a host of which every tick was refused: somebody must see it. */
const lastHeardMs = ({ lastSeenMs, refusal }: StoredHost): number =>
  Math.max(lastSeenMs, refusal?.receivedMs ?? 0);

async function* inventoryOnly(rows: AsyncIterable<InventoryHost>) {
  for await (const entry of rows) yield { hostId: entry.hostId, entry };
}

function* residentsOf(known: Iterable<InventoryHost>, view: ReportingView) {
  for (const { hostId, location } of known) {
    if (location !== undefined) yield { hostId, location, facts: view.hosts.get(hostId)?.facts ?? {} };
  }
}

function checkState(state: string | undefined): void {
  if (state === undefined || (HOST_STATES as readonly string[]).includes(state)) return;
  throw new ExpectedError('BAD_REQUEST', `unknown host state ${JSON.stringify(state)}`, {
    hint: didYouMean(state, HOST_STATES, `States are ${HOST_STATES.join(', ')}.`),
  });
}
