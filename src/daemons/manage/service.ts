// What manage answers: the inventory of hosts and rooms, joined with what analyze says of the hosts that report.
import type { AnalyzeService } from '../../api/analyze.ts';
import type { Host, HostPage, ManageService } from '../../api/manage.ts';
import type { Catalog, InventoryHost } from '../../catalog/catalog.ts';
import { checkHostId, checkLocation } from '../../domain/checked-ids.ts';
import { ExpectedError } from '../../domain/errors.ts';
import { HOST_STATES, type HostState } from '../../domain/host.ts';
import { checkInstant } from '../../domain/instant.ts';
import { compareBytes, didYouMean } from '../../domain/names.ts';
import { pageCursor, pageLimit, parsePageCursor } from '../../domain/page-cursor.ts';
import { REPORTS_WITHIN_MS } from '../../domain/tick.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logging.ts';
import { hostOf, stateOf } from './host-view.ts';
import { createReportingHosts, type ReportingHostsCache, type ReportingView } from './reporting-hosts.ts';
import { createSuggestions } from './suggestions.ts';

const INVENTORY_PAGE = 2_000;
const UNNAMED_ACTOR = 'anonymous';

export type ManageParts = {
  readonly catalog: Pick<Catalog, 'inventory'>;
  readonly analyze: Pick<AnalyzeService, 'listReportingHosts'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Given by the daemon, which shows its trouble; made here otherwise. */
  readonly reporting?: ReportingHostsCache;
};

export function createManageService(parts: ManageParts): ManageService {
  const { clock, logger } = parts;
  const { inventory } = parts.catalog;
  const reporting = parts.reporting ?? createReportingHosts(parts);

  /** Inventory entries in byte order of host id, page by page. */
  async function* entries(query: {
    readonly location?: string;
    readonly afterHostId?: string;
    page?: number;
  }) {
    const { page = INVENTORY_PAGE, afterHostId, ...where } = query;
    for (let after = afterHostId; ; ) {
      const rows = await inventory.list({ ...where, ...(after && { afterHostId: after }), limit: page });
      yield* rows;
      if (rows.length < page) return;
      after = rows.at(-1)!.hostId;
    }
  }

  /** Inventory entries and, between them, the hosts that only report, in byte order of host id. */
  async function* entriesAndReporters(
    query: { readonly afterHostId?: string; page?: number },
    view: ReportingView,
  ) {
    const sinceMs = clock.nowMs() - REPORTS_WITHIN_MS;
    let at = query.afterHostId === undefined ? 0 : firstAfter(view.ids, query.afterHostId);
    const reporters = function* (before?: string) {
      for (; at < view.ids.length; at++) {
        const hostId = view.ids[at]!;
        if (before !== undefined && compareBytes(hostId, before) >= 0) return;
        if (view.hosts.get(hostId)!.lastSeenMs >= sinceMs) yield { hostId, entry: undefined };
      }
    };
    for await (const entry of entries(query)) {
      yield* reporters(entry.hostId);
      if (view.ids[at] === entry.hostId) at++;
      yield { hostId: entry.hostId, entry };
    }
    yield* reporters();
  }

  async function checkKnownLocation(location: string): Promise<void> {
    checkLocation(location);
    const known = await inventory.locations();
    if (known.some((one) => one.location === location)) return;
    throw locationUnknown(
      location,
      known.map((one) => one.location),
    );
  }

  async function hostUnknown(hostId: string, view?: ReportingView): Promise<ExpectedError> {
    const ids = new Set(view?.ids);
    for await (const entry of entries({})) ids.add(entry.hostId);
    const seen = view?.hosts.has(hostId);
    return new ExpectedError(
      'HOST_UNKNOWN',
      seen
        ? `host ${hostId} reports, but is not in the inventory`
        : `no host ${hostId} is managed or reports`,
      {
        hint: seen
          ? `Assign it first: minimon hosts assign ${hostId} LOCATION`
          : didYouMean(hostId, ids, 'See the hosts with: minimon hosts list --all'),
      },
    );
  }

  /** For changes of hosts that must be in the inventory: nothing found is an error, something found is a result. */
  async function changeHosts(
    hostIds: readonly string[],
    change: () => Promise<readonly string[]>,
  ): Promise<readonly string[]> {
    for (const hostId of hostIds) checkHostId(hostId);
    const found = await change();
    if (found.length === 0 && hostIds.length > 0)
      throw await hostUnknown(hostIds[0]!, await reporting.current());
    return found;
  }

  return {
    async listHosts({ location, state, all, limit, cursor }): Promise<HostPage> {
      const wanted = pageLimit(limit);
      checkState(state);
      const afterHostId = parsePageCursor('hosts', cursor);
      if (location !== undefined) await checkKnownLocation(location);
      const view = await reporting.current();
      const from = { page: Math.min(wanted + 1, INVENTORY_PAGE), ...(afterHostId && { afterHostId }) };
      // A host that only reports stands in no location.
      const rows =
        all && location === undefined
          ? entriesAndReporters(from, view)
          : placed(entries({ ...from, ...(location !== undefined && { location }) }));
      const hosts: Host[] = [];
      const at = { view, nowMs: clock.nowMs() };
      for await (const row of rows) {
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
      checkHostId(hostId);
      const [entry, view] = await Promise.all([inventory.find({ hostId }), reporting.current()]);
      if (!entry && !view.hosts.has(hostId)) {
        if (view.warning === undefined) throw await hostUnknown(hostId, view);
        throw new ExpectedError('UNAVAILABLE', `${hostId} is not in the inventory; ${view.warning}`, {
          hint: 'Whether it reports can be told when analyze is back; try again.',
        });
      }
      return hostOf({ hostId, entry }, { view, nowMs: clock.nowMs() });
    },

    async listUnmanaged({ sinceMs }) {
      const since =
        sinceMs === undefined ? clock.nowMs() - REPORTS_WITHIN_MS : checkInstant(sinceMs, 'since');
      const view = await reporting.current();
      if (!view.known) {
        // An empty list would say that every host has its room.
        throw new ExpectedError('UNAVAILABLE', view.warning ?? 'analyze has not answered yet', {
          hint: 'Which hosts report is known to analyze; start it, or look at its log, and try again.',
        });
      }
      const known = new Map<string, InventoryHost>();
      for await (const entry of entries({})) known.set(entry.hostId, entry);
      const suggest = createSuggestions(residentsOf(known.values(), view));
      const at = { view, nowMs: clock.nowMs() };
      const hosts = view.ids
        .filter((id) => view.hosts.get(id)!.lastSeenMs >= since && known.get(id)?.location === undefined)
        .map((hostId) => {
          const host = hostOf({ hostId, entry: known.get(hostId) }, at);
          const suggestion = suggest(host);
          return suggestion ? { ...host, suggestion } : host;
        });
      return { hosts, warnings: warningsOf(view) };
    },

    async listAssignments({ location }) {
      if (location !== undefined) checkLocation(location);
      const assignments: { hostId: string; location: string }[] = [];
      for await (const entry of entries(location === undefined ? {} : { location })) {
        if (entry.location !== undefined)
          assignments.push({ hostId: entry.hostId, location: entry.location });
      }
      return { assignments, locations: (await inventory.locations()).map((one) => one.location) };
    },

    async assignHosts({ assignments, actor = UNNAMED_ACTOR }) {
      const places = new Map<string, string>();
      for (const { hostId, location } of assignments) {
        checkHostId(hostId);
        checkLocation(location);
        const other = places.get(hostId);
        if (other !== undefined && other !== location) {
          throw new ExpectedError('BAD_REQUEST', `${hostId} is assigned to both ${other} and ${location}`, {
            hint: 'Name each host once. Nothing was changed.',
          });
        }
        places.set(hostId, location);
      }
      const outcomes = await inventory.assign(assignments, actor);
      const changed = outcomes.filter((outcome) => outcome.change !== 'unchanged').length;
      logger.info({ actor, hosts: outcomes.length, changed }, 'hosts assigned');
      return outcomes;
    },

    async insertHost({ hostId, location, actor = UNNAMED_ACTOR }) {
      checkHostId(hostId);
      checkLocation(location);
      const { id } = await inventory.insert({ hostId, location }, actor);
      logger.info({ actor, host: hostId, location }, 'host added');
      return { id };
    },

    async unassignHosts({ hostIds, actor = UNNAMED_ACTOR }) {
      const found = await changeHosts(hostIds, () => inventory.unassign(hostIds, actor));
      logger.info({ actor, hosts: found.length }, 'hosts unassigned');
      return found;
    },

    async removeHosts({ hostIds, actor = UNNAMED_ACTOR }) {
      const found = await changeHosts(hostIds, () => inventory.remove(hostIds, actor));
      logger.info({ actor, hosts: found.length }, 'hosts removed');
      return found;
    },

    async listLocations() {
      const [locations, view] = await Promise.all([inventory.locations(), reporting.current()]);
      const at = { view, nowMs: clock.nowMs() };
      const states = new Map<string, Partial<Record<HostState, number>>>();
      for await (const { hostId, location } of entries({})) {
        if (location === undefined) continue;
        const counts = states.get(location) ?? {};
        states.set(location, counts);
        const state = stateOf(view.hosts.get(hostId), at);
        counts[state] = (counts[state] ?? 0) + 1;
      }
      return {
        locations: locations.map((one) => ({ ...one, states: states.get(one.location) ?? {} })),
        warnings: warningsOf(view),
      };
    },

    async findAllHosts() {
      const hosts: InventoryHost[] = [];
      for await (const entry of entries({})) hosts.push(entry);
      return hosts.sort((a, b) => a.id - b.id);
    },

    async updateHost({ id, hostId, location, actor = UNNAMED_ACTOR }) {
      checkLocation(location);
      if (hostId !== undefined) checkHostId(hostId);
      const entry = await inventory.find(byOf(id, hostId));
      if (!entry) {
        if (hostId !== undefined) throw await hostUnknown(hostId, await reporting.current());
        throw new ExpectedError('HOST_UNKNOWN', `no host has the ID ${id}`, {
          hint: 'FindAllHost lists the hosts with their IDs.',
        });
      }
      if (hostId !== undefined && entry.hostId !== hostId) {
        throw new ExpectedError('BAD_REQUEST', `ID ${id} is ${entry.hostId}, not ${hostId}`, {
          hint: 'Give ID or HostID; one is enough.',
        });
      }
      await inventory.assign([{ hostId: entry.hostId, location }], actor);
      logger.info({ actor, host: entry.hostId, location }, 'host moved');
    },
  };
}

async function* placed(rows: AsyncIterable<InventoryHost>) {
  for await (const entry of rows) yield { hostId: entry.hostId, entry };
}

function* residentsOf(known: Iterable<InventoryHost>, view: ReportingView) {
  for (const { hostId, location } of known) {
    if (location !== undefined) yield { hostId, location, facts: view.hosts.get(hostId)?.facts ?? {} };
  }
}

const warningsOf = (view: ReportingView): readonly string[] => (view.warning ? [view.warning] : []);

function locationUnknown(location: string, known: readonly string[]): ExpectedError {
  return new ExpectedError('LOCATION_UNKNOWN', `no host was ever assigned to location ${location}`, {
    hint: didYouMean(location, known, 'See the locations with: minimon locations list'),
  });
}

function checkState(state: string | undefined): void {
  if (state === undefined || (HOST_STATES as readonly string[]).includes(state)) return;
  throw new ExpectedError('BAD_REQUEST', `${JSON.stringify(state)} is no host state`, {
    hint: didYouMean(state, HOST_STATES, `States are ${HOST_STATES.join(', ')}.`),
  });
}

function byOf(id: number | undefined, hostId: string | undefined): { id: number } | { hostId: string } {
  if (id !== undefined) {
    if (Number.isSafeInteger(id) && id > 0) return { id };
    throw new ExpectedError('BAD_REQUEST', `ID is ${id}; it must be a whole number from 1`);
  }
  if (hostId !== undefined) return { hostId };
  throw new ExpectedError('BAD_REQUEST', 'neither ID nor HostID says which host is meant', {
    hint: 'Give one of them.',
  });
}

/** The index of the first id after `id`, in a list in byte order. */
function firstAfter(ids: readonly string[], id: string): number {
  let low = 0;
  let high = ids.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareBytes(ids[middle]!, id) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
