// Assignments as lines of text: `host<TAB>location`, or hosts alone where one location is meant for all.
import { ExpectedError } from './errors.ts';
import { idError } from './names.ts';

/** What separates the columns of a file that was meant to have two. */
const SEPARATOR = /[\s,;]/;

/** Empty lines and `#` comments are skipped. An error names its line; then nothing is returned. BAD_ID, USAGE. */
export function parseAssignmentLines(
  text: string,
  options: { readonly source: string; readonly location?: string | undefined },
): readonly { readonly hostId: string; readonly location: string }[] {
  const { source } = options;
  const seen = new Map<string, { readonly location: string; readonly line: number }>();
  return text.split(/\r?\n/).flatMap((line, i) => {
    if (line.trim() === '' || line.startsWith('#')) return [];
    const [hostId = '', given, ...rest] = line.split('\t');
    const location = given ?? options.location;
    const where = `${source}:${i + 1}`;
    const found = `${where}: expected host<TAB>location, found ${JSON.stringify(line.slice(0, 80))}`;
    if (location === undefined || rest.length > 0) {
      const hint = 'Separate the two with a tab, or give --location for all lines.';
      throw new ExpectedError('USAGE', found, { hint: location === undefined ? hint : undefined });
    }
    if (given === undefined && SEPARATOR.test(hostId.trim())) {
      throw new ExpectedError('USAGE', found, {
        hint: 'Separate the two with a tab; with --location a line is one host id. An id with a space or comma needs both.',
      });
    }
    if (given !== undefined && options.location !== undefined && given !== options.location) {
      throw new ExpectedError(
        'USAGE',
        `${where}: the line says ${given} and --location ${options.location}`,
        {
          hint: 'Omit --location, or the location in the lines.',
        },
      );
    }
    const error = idError(hostId, 'host id') ?? idError(location, 'location');
    if (error) throw new ExpectedError('BAD_ID', `${where}: ${error}`);
    const before = seen.get(hostId);
    if (before !== undefined && before.location !== location) {
      const twice = `${where}: ${hostId} is assigned to ${location}, and in line ${before.line} to ${before.location}`;
      throw new ExpectedError('USAGE', twice, { hint: 'Name each host once.' });
    }
    seen.set(hostId, before ?? { location, line: i + 1 });
    return [{ hostId, location }];
  });
}
