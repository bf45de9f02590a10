// Locations that a command would make: a typing mistake would become one, so that they are said, asked for or refused.
import type { ManageClient } from '../api/manage.ts';
import { nearest } from '../domain/did-you-mean.ts';
import { ExpectedError } from '../domain/errors.ts';
import { checkId } from '../domain/names.ts';
import { safeText } from '../domain/safe-text.ts';
import { createPrompts, type PromptStreams } from './prompts.ts';

const NAMED = 5;

/** Those that nobody has made, each once. None while there is no location at all: somebody begins, and has nothing to mistype. */
export async function newLocations(
  manage: Pick<ManageClient, 'listLocations'>,
  wanted: readonly string[],
): Promise<readonly NewLocation[]> {
  for (const location of wanted) checkId(location, 'location');
  const known = (await manage.listLocations()).locations.map(({ location }) => location);
  if (known.length === 0) return [];
  const unknown = [...new Set(wanted)].filter((location) => !known.includes(location));
  return unknown.map((location) => ({ location, near: nearest(location, known) }));
}

type NewLocation = { readonly location: string; readonly near: string | undefined };

/** "there is no location 752; did you mean 725?" */
export function newLocationsText(locations: readonly NewLocation[]): string {
  const near = new Set(locations.flatMap((one) => one.near ?? []));
  const meant = near.size === 0 ? '' : `; did you mean ${shortList([...near])}?`;
  return `there is no location ${shortList(locations.map(({ location }) => location))} yet${meant}`;
}

/** Whether they are to be made: as somebody at a terminal says. LOCATION_UNKNOWN where nobody can be asked. */
export async function confirmNewLocations(
  locations: readonly NewLocation[],
  streams: PromptStreams & { readonly stderr: NodeJS.WritableStream },
): Promise<boolean> {
  const prompts = createPrompts(streams);
  const text = newLocationsText(locations);
  if (!prompts.canAsk)
    throw new ExpectedError('LOCATION_UNKNOWN', text, {
      hint: `--new-location makes ${locations.length === 1 ? 'it' : 'them'}. minimon locations list shows those that are there.`,
    });
  streams.stderr.write(`T${text.slice(1)}\n`);
  return prompts.confirm({ action: `make location ${shortList(locations.map(({ location }) => location))}` });
}

function shortList(names: readonly string[]): string {
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return names.slice(0, NAMED).map(safeText).join(', ') + more;
}
