// Profiles of the client commands (addresses and credentials), one settings file each, and which one is in use.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { didYouMean } from '../domain/did-you-mean.ts';
import { ExpectedError } from '../domain/errors.ts';
import { compareBytes } from '../domain/names.ts';
import { explained } from '../runtime/disk-errors.ts';
import { replaceFile } from '../runtime/replace-file.ts';
import { type Environment, userConfigDirectory } from './environment.ts';

export type Profile = { readonly name: string; readonly file: string };

const SYSTEM_DIRECTORY = '/etc/minimon';

/** Settings that a profile holds. With one in use they are not taken from the configuration file: its token is for other servers. */
export const isProfileKey = (key: string): boolean =>
  /^(server|port_offset|insecure|token)$|^(client|tls)\./.test(key);

const directories = (environment: Environment): readonly string[] =>
  [userConfigDirectory(environment), SYSTEM_DIRECTORY].map((directory) => join(directory, 'profiles'));

/** The user's own, then the system's that none of these hides. */
export function listProfiles(environment: Environment): readonly Profile[] {
  const found = new Map<string, Profile>();
  for (const directory of directories(environment)) {
    for (const entry of existsSync(directory) ? readdirSync(directory) : []) {
      const name = entry.replace(/\.yaml$/, '');
      if (name !== entry && !found.has(name)) found.set(name, { name, file: join(directory, entry) });
    }
  }
  return [...found.values()].sort((a, b) => compareBytes(a.name, b.name));
}

/** PROFILE_UNKNOWN names the one that is nearest, or where to write it. */
function findProfile(name: string, environment: Environment): Profile {
  const profiles = listProfiles(environment);
  const found = profiles.find((profile) => profile.name === name);
  if (found) return found;
  const file = join(directories(environment)[0]!, 'NAME.yaml');
  throw new ExpectedError('PROFILE_UNKNOWN', `no profile ${JSON.stringify(name)}`, {
    hint: didYouMean(
      name,
      profiles.map((profile) => profile.name),
      profiles.length === 0
        ? `Create ${file} with server, tls.ca_file and token_file.`
        : 'List the profiles: minimon config profiles',
    ),
  });
}

const currentFile = (environment: Environment): string => join(userConfigDirectory(environment), 'profile');

/** The name that `config use` has written. */
function currentProfile(environment: Environment): string | undefined {
  try {
    return readFileSync(currentFile(environment), 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Undefined: none any more. */
export function useProfile(name: string | undefined, environment: Environment): void {
  const file = currentFile(environment);
  const found = name === undefined ? undefined : findProfile(name, environment);
  try {
    if (found) {
      mkdirSync(userConfigDirectory(environment), { recursive: true, mode: 0o700 });
      replaceFile(file, `${found.name}\n`);
    } else rmSync(file, { force: true });
  } catch (error) {
    throw explained(error, file);
  }
}

/** --profile, then MINIMON_PROFILE, then what is in use; that one not where a server or a file is named, which is meant then. */
export function chosenProfile(
  given: {
    readonly profile?: string | undefined;
    readonly server?: string | undefined;
    readonly config?: string | undefined;
  },
  environment: Environment,
): Profile | undefined {
  const named = given.profile ?? (environment['MINIMON_PROFILE'] || undefined);
  if (named !== undefined) return findProfile(named, environment);
  const other =
    given.server ??
    given.config ??
    (environment['MINIMON_SERVER'] || environment['MINIMON_CONFIG'] || undefined);
  const current = other === undefined ? currentProfile(environment) : undefined;
  if (current === undefined) return undefined;
  try {
    return findProfile(current, environment);
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    throw new ExpectedError(error.code, `${error.message}, and it is the one in use`, {
      hint: 'Use another with minimon config use NAME, or none with minimon config use --none.',
    });
  }
}
