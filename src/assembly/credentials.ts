// systemd's credentials as settings: a file `minimon_store.token` in $CREDENTIALS_DIRECTORY is the setting store.token.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { didYouMean } from '../domain/did-you-mean.ts';
import { ExpectedError, messageOf } from '../domain/errors.ts';
import type { Environment } from './environment.ts';

/** What LoadCredential=minimon:DIRECTORY puts before the names of that directory's files. */
const PREFIX = 'minimon_';

/** The paths of credentials by setting. BAD_CONFIG for one that is no setting of `known`. */
export function credentialFiles(
  environment: Environment,
  known: ReadonlySet<string>,
): ReadonlyMap<string, string> {
  const directory = environment['CREDENTIALS_DIRECTORY'];
  if (!directory) return new Map();
  const names = namesIn(directory).filter((name) => name.startsWith(PREFIX));
  return new Map(
    names.map((name) => {
      const key = name.slice(PREFIX.length);
      if (known.has(key)) return [key, join(directory, name)];
      throw new ExpectedError(
        'BAD_CONFIG',
        `the credential ${key} is not a setting that can be read from a file`,
        {
          hint: didYouMean(key, known, 'Name the file like the setting, for example store.token or tls.key.'),
        },
      );
    }),
  );
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    throw new ExpectedError('FILE_MISSING', `cannot read $CREDENTIALS_DIRECTORY: ${messageOf(error)}`);
  }
}
