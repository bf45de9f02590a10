// What a person means by a host on the command line: an id, or a glob over the ids that are known.
import { ExpectedError } from '../domain/errors.ts';
import { checkId, didYouMean, globMatcher, isGlob } from '../domain/names.ts';
import type { ManageService } from './manage.ts';
import { listAllHosts } from './pages.ts';

/**
 * The ids that the words stand for, each once, in the order of the words. Ids are taken as they are, without asking
 * whether they exist. HOST_UNKNOWN for a glob that matches no host.
 */
export async function expandHosts(
  manage: Pick<ManageService, 'listHosts'>,
  words: readonly string[],
): Promise<readonly string[]> {
  const ids = new Set<string>();
  let known: readonly string[] | undefined;
  for (const word of words) {
    if (!isGlob(word)) {
      ids.add(checkId(word));
      continue;
    }
    known ??= (await listAllHosts(manage, { all: true })).hosts.map((host) => host.hostId);
    const matching = known.filter(globMatcher(word));
    if (matching.length === 0) {
      throw new ExpectedError('HOST_UNKNOWN', `no host matches ${word}`, {
        hint: didYouMean(word.replace(/[*?]/g, ''), known, 'minimon hosts list --all names every host.'),
      });
    }
    for (const id of matching) ids.add(id);
  }
  return [...ids];
}
