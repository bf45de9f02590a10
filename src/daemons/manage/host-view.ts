// The API view of a host: inventory entry joined with stream data, its state and the reason of the state.
import type { Host } from '../../api/manage.ts';
import type { InventoryHost } from '../../catalog/catalog.ts';
import { listed } from '../../domain/counting.ts';
import { roughDuration } from '../../domain/duration.ts';
import { clockFault, type HostState, hostState, silentAfterMs } from '../../domain/host.ts';
import {
  CONFLICT_CLEARS_MS,
  distinctMachines,
  machineIdOf,
  SEPARATE_MACHINES,
} from '../../domain/machine-copies.ts';
import { REFUSAL_WITHIN_MS } from '../../store/host-record.ts';
import type { StoredHost } from '../../store/store.ts';
import type { ReportingView } from './reporting-hosts.ts';

const MACHINES_NAMED = 3;
const TWINS_COMPARED = 50;

export function hostOf(
  host: { readonly hostId: string; readonly entry: InventoryHost | undefined },
  at: { readonly view: ReportingView; readonly nowMs: number },
): Host {
  const { hostId, entry } = host;
  const seen = at.view.hosts.get(hostId);
  const state = stateOf(seen, at);
  const note = noteOf(seen, { ...at, state });
  return {
    hostId,
    managed: entry !== undefined,
    state,
    facts: seen?.facts ?? {},
    ...(entry && { id: entry.id, createdMs: entry.createdMs, updatedMs: entry.updatedMs }),
    ...(entry?.location !== undefined && { location: entry.location }),
    ...(note !== '' && { note }),
    // Of a host of which every tick was refused nothing is known but that.
    ...(seen &&
      seen.lastSeenMs > 0 && {
        firstSeenMs: seen.firstSeenMs,
        lastSeenMs: seen.lastSeenMs,
        intervalMs: seen.intervalMs,
        agentVersion: seen.agentVersion,
        sources: sourcesOf(seen),
      }),
  };
}

export function stateOf(
  seen: StoredHost | undefined,
  at: { readonly view: ReportingView; readonly nowMs: number },
): HostState {
  // What was read before analyze went away may be right for another minute, but that is not known.
  if (at.view.warning !== undefined) return 'unknown';
  // Of a host of which every tick was refused the times and the interval are zeros.
  const refusedOnly = seen?.refusal && seen.lastSeenMs === 0 ? { refusal: seen.refusal } : undefined;
  return hostState(refusedOnly ?? seen ?? {}, { nowMs: at.nowMs, streamMs: at.view.streamMs });
}

function noteOf(
  seen: StoredHost | undefined,
  at: { readonly view: ReportingView; readonly nowMs: number; readonly state: HostState },
): string {
  const notes: (string | undefined)[] = [];
  if (at.view.warning !== undefined) notes.push('analyze does not answer');
  if (seen) {
    if (at.state === 'refused') notes.push(seen.refusal?.reason);
    else notes.push(refusalNote(seen, at.nowMs), clockNote(seen));
    if (at.state === 'reporting' || at.state === 'late') notes.push(quietSourceNote(seen, at.view.streamMs));
    if (at.state === 'conflict') notes.push(conflictNote(seen, at.nowMs));
    else notes.push(twinNote(seen, at.view));
  }
  return notes.filter((note) => note !== undefined).join('; ');
}

const sourceName = (source: string): string => source || 'minimon';

const sourcesOf = ({ sources, agentVersion, machines }: StoredHost): string[] =>
  sources?.map(({ source }) => sourceName(source)) ??
  (agentVersion || machines.length > 0 ? ['minimon'] : []);

/** The host reports, but one of its sources is silent, by the watermark of the stream. */
function quietSourceNote({ sources = [] }: StoredHost, streamMs: number | undefined): string | undefined {
  if (streamMs === undefined) return undefined;
  const quiet = sources.filter(
    ({ lastReceivedMs, intervalMs }) => streamMs - lastReceivedMs > silentAfterMs(intervalMs),
  );
  if (quiet.length === 0) return undefined;
  return quiet
    .map(
      ({ source, lastReceivedMs }) =>
        `${sourceName(source)} is silent for ${roughDuration(streamMs - lastReceivedMs)}`,
    )
    .join(', ');
}

/** Another sender under its id, or some of its samples. */
function refusalNote({ refusal }: StoredHost, nowMs: number): string | undefined {
  if (refusal === undefined || nowMs - refusal.receivedMs > REFUSAL_WITHIN_MS) return undefined;
  return `its samples were rejected: ${refusal.reason}`;
}

/** Its values are judged late or not at all while its clock is wrong. */
function clockNote({ lastSeenMs, lastReceivedMs, intervalMs }: StoredHost): string | undefined {
  if (lastReceivedMs === 0) return undefined;
  const fault = clockFault({ timeMs: lastSeenMs, receivedMs: lastReceivedMs }, intervalMs);
  return fault && `its clock is ${roughDuration(Math.abs(lastReceivedMs - lastSeenMs))} ${fault}`;
}

function conflictNote(host: StoredHost, nowMs: number): string {
  const within = host.machines.filter(({ lastReceivedMs }) => nowMs - lastReceivedMs < CONFLICT_CLEARS_MS);
  const machines = distinctMachines(within.map(({ machineId }) => machineId));
  const recent = within.filter(({ machineId }) => machines.includes(machineId));
  const [newest, before] = recent;
  // Alerts tell of machines that take turns alone; here it may have been replaced, which an hour shows.
  if (before !== undefined && nowMs - before.lastReceivedMs > silentAfterMs(host.intervalMs)) {
    const clearsMs = before.lastReceivedMs + CONFLICT_CLEARS_MS;
    const stopped = roughDuration(nowMs - before.lastReceivedMs);
    return `machine ${before.machineId} stopped ${stopped} ago and ${newest!.machineId} reports under its id: if it was replaced, this clears in ${roughDuration(clearsMs - nowMs)}`;
  }
  const named = recent.map((machine) => machine.machineId);
  return `machines ${listed(named, MACHINES_NAMED, ' and ')} report under this one id: ${SEPARATE_MACHINES}`;
}

/** Another id with this host's machine id: a clone when both report, a new name when one began as the other ended. */
function twinNote(host: StoredHost, view: ReportingView): string | undefined {
  const machineId = machineIdOf(host.machines[0]?.machineId ?? '');
  if (machineId === '') return undefined;
  const alike = view.byMachine.get(machineId) ?? [];
  // A fleet of one image: comparing everyone with everyone would take seconds.
  if (alike.length > TWINS_COMPARED) return clonedNote(alike.slice(0, 2), host, alike.length - 1);
  const twins = alike.filter((twin) => twin.hostId !== host.hostId);
  const before = twins.find((twin) => twin.lastSeenMs < host.firstSeenMs);
  const after = twins.find((twin) => host.lastSeenMs < twin.firstSeenMs);
  const beside = twins.filter((twin) => twin !== before && twin !== after);
  if (beside.length > 0) return clonedNote(beside, host, beside.length);
  if (after) return `same machine-id as ${after.hostId}, which began after this stopped (renamed?)`;
  if (before) return `same machine-id as ${before.hostId}, which stopped before this began (renamed?)`;
  return undefined;
}

function clonedNote(some: readonly StoredHost[], host: StoredHost, count: number): string {
  const one = some.find((twin) => twin.hostId !== host.hostId);
  const more = count > 1 ? ` and ${count - 1} more` : '';
  return `same machine-id as ${one?.hostId}${more} (cloned?)`;
}
