// Whether a text goes through a pager, as git's do: what is longer than the terminal.
import type { Environment } from '../assembly/environment.ts';
import type { Screen } from './screen.ts';

/** Undefined: no pager. An empty PAGER or `cat` means none. */
export function pagerFor(
  text: string,
  { environment, screen, typed }: { environment: Environment; screen: Screen; typed: boolean },
): string | undefined {
  // Without a keyboard a pager could not be quit.
  if (!screen.cursor || !typed || text.split('\n').length <= screen.rows) return undefined;
  const pager = (environment['MINIMON_PAGER'] ?? environment['PAGER'] ?? 'less').trim();
  return pager === '' || pager === 'cat' ? undefined : pager;
}
