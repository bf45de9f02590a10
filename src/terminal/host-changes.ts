// Changes of hosts as commands show them: the preview before confirmation, and the result.
import type { AssignOutcome, HostChange } from '../catalog/catalog.ts';
import { counted, listed } from '../domain/counting.ts';
import { ExpectedError } from '../domain/errors.ts';
import { safeText } from '../domain/safe-text.ts';
import { type Listing, type RenderOptions, renderListing } from './output.ts';
import { createPrompts, type PromptStreams } from './prompts.ts';
import type { Screen } from './screen.ts';

/** More moves than this need confirmation. */
export const MOVES_UNASKED = 3;
/** Of more, a question shows so many and how many more there are. */
const SHOWN = 20;
const LEAST_SHOWN = 3;
/** Heading, the line of how many more, the question and its answer. */
const ABOUT_TABLE = 6;
const NAMED = 3;

/** One line per host. */
export function changesListing(changes: readonly HostChange[]): Listing<HostChange> {
  const arrives = changes.some(({ location }) => location !== undefined);
  return {
    columns: [
      { key: 'host_id', title: 'HOST', min: 20, value: (change) => change.hostId },
      {
        key: 'change',
        title: 'CHANGE',
        value: ({ change }) => change,
        cell: ({ change }) => ({ text: change, color: change === 'unchanged' ? 'gray' : 'green' }),
      },
      { key: 'from', title: 'FROM', min: 6, drop: 1, value: (change) => change.from },
      {
        key: 'location',
        title: 'LOCATION',
        min: 6,
        ...(!arrives && { show: 'data' as const }),
        value: (change) => change.location,
      },
    ],
    rows: changes,
    name: (change) => change.hostId,
    empty: 'No changes.',
  };
}

const hosts = (count: number): string => counted(count, 'host');

/** "web-1: moved from 725 to 726" for one, "2 added, 1 moved, 1 unchanged" for several. */
export function assignSummary(outcomes: readonly AssignOutcome[]): string {
  const [only] = outcomes;
  if (only && outcomes.length === 1) {
    const [id, to, from] = [only.hostId, only.location, only.from ?? ''].map(safeText);
    const outcome = {
      added: `added to ${to}`,
      moved: from === '' ? `assigned to ${to}` : `moved from ${from} to ${to}`,
      unchanged: `in ${to} already`,
    };
    return `${id}: ${outcome[only.change]}\n`;
  }
  const count = (change: AssignOutcome['change']) =>
    outcomes.filter((outcome) => outcome.change === change).length;
  const parts = (['added', 'moved', 'unchanged'] as const)
    .filter(count)
    .map((change) => `${count(change)} ${change}`);
  return `${parts.join(', ') || 'nothing to assign'}\n`;
}

/** Hosts that leave another location. */
export const overwritten = (outcomes: readonly AssignOutcome[]): readonly AssignOutcome[] =>
  outcomes.filter(({ change, from }) => change === 'moved' && from !== undefined);

/** "move 84 hosts to 7" */
export function moveAction(moves: readonly AssignOutcome[]): string {
  const [to, ...others] = new Set(moves.map(({ location }) => location));
  return `move ${hosts(moves.length)}${to !== undefined && others.length === 0 ? ` to ${safeText(to)}` : ''}`;
}

export const namedHosts = (hostIds: readonly string[]): string =>
  hostIds.length > NAMED ? hosts(hostIds.length) : hostIds.map(safeText).join(', ');

/** As many as leave a question its place in the window. */
function fewChanges(changes: readonly HostChange[], screen: Screen, hint: string): string {
  const room = screen.isTTY ? Math.max(LEAST_SHOWN, Math.min(SHOWN, screen.rows - ABOUT_TABLE)) : SHOWN;
  const shown = changes.length > room + 1 ? changes.slice(0, room) : changes;
  const table = renderListing(changesListing(shown), { format: 'table', screen });
  const more = changes.length - shown.length;
  return more > 0 ? `${table}and ${more} more${hint}\n` : table;
}

/** What was changed: on a terminal no more than fits, since it has just been shown or is asked for with -o wide. */
export const doneChanges = (changes: readonly HostChange[], render: RenderOptions): string =>
  render.format === 'table' && render.screen.isTTY && render.sort === undefined
    ? fewChanges(changes, render.screen, '')
    : renderListing(changesListing(changes), render);

/** After a change of many hosts. */
export const undoHint = (changed: number): string =>
  changed > MOVES_UNASKED ? '\nUndo with: minimon hosts undo' : '';

/** Shows the changes on stderr and asks. NEEDS_CONFIRMATION without a terminal. */
export async function confirmChanges(
  changes: readonly HostChange[],
  question: {
    readonly action: string;
    readonly yes: boolean;
    readonly streams: PromptStreams & { readonly stderr: NodeJS.WritableStream };
    readonly render: RenderOptions;
  },
): Promise<boolean> {
  const { action, yes, streams, render } = question;
  if (!yes && changes.length > 1)
    streams.stderr.write(fewChanges(changes, render.screen, '; --dry-run lists them all'));
  return createPrompts(streams).confirm({ action, yes });
}

/** Reports hosts that were not found: HOST_UNKNOWN for all, PARTLY_DONE for some. */
export function checkAllFound(hostIds: readonly string[], found: readonly string[], done: string): void {
  const known = new Set(found);
  const missing = hostIds.filter((hostId) => !known.has(hostId));
  if (missing.length === 0) return;
  const message = `not in the inventory: ${listed(missing.map(safeText), 10)}`;
  if (known.size === 0)
    throw new ExpectedError('HOST_UNKNOWN', message, { hint: 'List the inventory: minimon hosts list' });
  throw new ExpectedError('PARTLY_DONE', `${done}; ${message}`);
}
