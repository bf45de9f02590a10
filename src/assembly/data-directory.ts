// Where a process keeps its files: --data, then systemd's state directory, then the user's.
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Environment } from './environment.ts';

export function dataDirectory(configured: string | undefined, environment: Environment): string {
  if (configured) return resolve(configured);
  // systemd gives several, joined by colons; the first is ours.
  const state = environment['STATE_DIRECTORY']?.split(':')[0];
  if (state) return state;
  const home = environment['XDG_STATE_HOME'] || join(environment['HOME'] || homedir(), '.local', 'state');
  return join(home, 'minimon');
}
