// Prompts of `minimon hosts assign` without arguments: which unmanaged hosts, and which location.
import type { ManageService } from '../api/manage.ts';
import type { Assignment } from '../catalog/catalog.ts';
import { createPrompts, type PromptStreams } from './prompts.ts';

const OTHERWISE = 'Give hosts and a location: minimon hosts assign web-1 web-2 --location 725';

/** NEEDS_CONFIRMATION without a terminal. Empty when there is nothing to assign. */
export async function askAssignments(
  manage: Pick<ManageService, 'listUnmanaged' | 'listLocations'>,
  streams: PromptStreams,
  location: string | undefined,
): Promise<readonly Assignment[]> {
  const prompts = createPrompts(streams);
  // Fails early without a terminal.
  if (!prompts.canAsk) await prompts.pickHosts({ message: '', choices: [], otherwise: OTHERWISE });
  const [{ hosts }, { locations }] = await Promise.all([manage.listUnmanaged({}), manage.listLocations()]);
  if (hosts.length === 0) return [];
  const hostIds = await prompts.pickHosts({
    message: 'Which hosts?',
    otherwise: OTHERWISE,
    choices: hosts.map((host) => ({
      hostId: host.hostId,
      about: [
        host.facts['address'],
        host.suggestion && `${host.suggestion.location}? (${host.suggestion.why})`,
      ]
        .filter(Boolean)
        .join('  '),
    })),
  });
  const suggestions = new Set(
    hosts.filter((host) => hostIds.includes(host.hostId)).map((host) => host.suggestion?.location),
  );
  const [only] = suggestions;
  const into =
    location ??
    (await prompts.pickOrTypeLocation({
      message: `Location for ${hostIds.length === 1 ? hostIds[0] : `${hostIds.length} hosts`}?`,
      locations: locations.map(({ location: known }) => known),
      suggested: suggestions.size === 1 ? only : undefined,
      otherwise: OTHERWISE,
    }));
  return hostIds.map((hostId) => ({ hostId, location: into }));
}
