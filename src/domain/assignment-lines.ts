// Assignments as lines of text: `host<TAB>location`, or hosts alone where one location is meant for all.
import { ExpectedError } from './errors.ts';
import { idError } from './names.ts';

/** Empty lines and `#` comments are skipped. An error names its line; then nothing is returned. BAD_ID, USAGE. */
export function parseAssignmentLines(
  text: string,
  options: { readonly source: string; readonly location?: string | undefined },
): readonly { readonly hostId: string; readonly location: string }[] {
  const { source } = options;
  return text.split(/\r?\n/).flatMap((line, i) => {
    if (line.trim() === '' || line.startsWith('#')) return [];
    const [hostId = '', given, ...rest] = line.split('\t');
    const location = given ?? options.location;
    const where = `${source}:${i + 1}`;
    if (location === undefined || rest.length > 0) {
      throw new ExpectedError(
        'USAGE',
        `${where}: expected host<TAB>location, found ${JSON.stringify(line.slice(0, 80))}`,
        {
          hint:
            location === undefined
              ? 'Separate the two with a tab, or give --location for all lines.'
              : undefined,
        },
      );
    }
    const error = idError(hostId, 'host id') ?? idError(location, 'location');
    if (error) throw new ExpectedError('BAD_ID', `${where}: ${error}`);
    return [{ hostId, location }];
  });
}
