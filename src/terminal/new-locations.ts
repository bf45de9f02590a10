// Locations that a command would create: they may be typing mistakes, so they need confirmation or are rejected.
import type { ManageClient } from '../api/manage.ts';
import { listed } from '../domain/counting.ts';
import { nearest } from '../domain/did-you-mean.ts';
import { ExpectedError } from '../domain/errors.ts';
import { checkId } from '../domain/names.ts';
import { safeText } from '../domain/safe-text.ts';
import { createPrompts, type PromptStreams } from './prompts.ts';

const NAMED = 5;

/** Missing locations, each once. Empty while no location exists: the first ones cannot be mistyped. */
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

/** Asks whether to create them. LOCATION_UNKNOWN without a terminal. */
export async function confirmNewLocations(
  locations: readonly NewLocation[],
  streams: PromptStreams & { readonly stderr: NodeJS.WritableStream },
): Promise<boolean> {
  const prompts = createPrompts(streams);
  const text = newLocationsText(locations);
  if (!prompts.canAsk)
    throw new ExpectedError('LOCATION_UNKNOWN', text, {
      hint: `Create ${locations.length === 1 ? 'it' : 'them'} with --new-location, or list the existing ones: minimon locations list`,
    });
  streams.stderr.write(`T${text.slice(1)}\n`);
  return prompts.confirm({
    action: `create location ${shortList(locations.map(({ location }) => location))}`,
  });
}

const shortList = (names: readonly string[]): string => listed(names.map(safeText), NAMED);
