// Where `minimon install` installs to: this machine, a user's own systemd or an image's root; and the program that units start.
import { accessSync, constants, existsSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { ExpectedError } from '../../domain/errors.ts';
import { dataDirectory, type Environment, launcherPath } from '../environment.ts';
import type { InstallPlace } from './plan.ts';

export type PlaceRequest = {
  readonly environment: Environment;
  /** --root */
  readonly root: string | undefined;
  /** --user */
  readonly user: boolean;
  readonly dryRun: boolean;
  /** The Node that runs, and whether it is root's; tests give their own. */
  readonly execPath?: string;
  readonly launcher?: string;
  readonly isRoot?: boolean;
};

/** Folders that the units do not see, or that the services' user may not enter. */
const HIDDEN = ['/home', '/root', '/run/user', '/tmp', '/var/tmp'];
const SYSTEM_DATA = '/var/lib/minimon';

/** USAGE for a program that no unit could start, NEEDS_ROOT where the system may not be changed. */
export function installPlace(request: PlaceRequest): InstallPlace & { readonly data: string } {
  const { environment, user, dryRun } = request;
  const root = resolve(request.root ?? '/');
  const command = [request.execPath ?? process.execPath, request.launcher ?? launcherPath()].map((path) =>
    realpathSync(path),
  );
  const isMachine = root === '/' && !user;
  if (isMachine) rejectHidden(command);
  const isRoot = request.isRoot ?? process.getuid?.() === 0;
  if (isMachine && !dryRun && !isRoot) {
    throw new ExpectedError('NEEDS_ROOT', 'only root may install services on this machine', {
      hint: 'Run it with sudo, or with --user for your own systemd; --dry-run shows what it would do.',
    });
  }
  const home = environment['HOME'] || homedir();
  return {
    root,
    command,
    user: user ? { configHome: environment['XDG_CONFIG_HOME'] || join(home, '.config') } : undefined,
    systemd: root === '/' && existsSync('/run/systemd/system'),
    data: user
      ? dataDirectory(undefined, { ...environment, STATE_DIRECTORY: undefined })
      : join(root, SYSTEM_DATA),
  };
}

function rejectHidden(command: readonly string[]): void {
  const hidden = command.find((path) => HIDDEN.some((folder) => path.startsWith(`${folder}/`)));
  if (hidden === undefined && command.every(isReadable)) return;
  throw new ExpectedError(
    'USAGE',
    `services cannot start ${hidden ?? command.join(' ')}: their user and their sandbox have no access to it`,
    {
      hint: 'Install minimon (and Node) for the whole machine: its .deb or tarball, or `npm install -g --prefix /usr/local`; or use --user.',
    },
  );
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
