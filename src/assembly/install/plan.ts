// What `minimon install` and `uninstall` do on a machine: files, directories and commands, in order; nothing is done here.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JoinText } from '../join-text.ts';
import { type ServiceName, unitName, unitText, WRITTEN_BY } from './units.ts';

export type Step =
  | { readonly kind: 'directory'; readonly path: string; readonly mode: number }
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly mode: number;
      readonly text: string;
      /** Whether what stands there may be replaced; what may not is left as it is. */
      readonly replaces: (found: string) => boolean;
      /** Never shown. */
      readonly isSecret?: boolean;
      /** Only for where there is nothing: whatever stands there is as it is to be. */
      readonly isExample?: boolean;
    }
  /** The package has it: nothing to write. */
  | { readonly kind: 'packaged'; readonly path: string }
  /** Removed when `replaces` says that it was written by this program. */
  | { readonly kind: 'removed file'; readonly path: string; readonly replaces: (found: string) => boolean }
  | { readonly kind: 'removed directory'; readonly path: string }
  | {
      readonly kind: 'run';
      readonly command: readonly string[];
      /** Only when one of these paths was created or changed before. */
      readonly after?: readonly string[];
    };

export type InstallPlace = {
  /** Files are written below it: `/`, or the root of an image that is being made. */
  readonly root: string;
  /** The program as absolute paths, as UnitOptions.command. */
  readonly command: readonly string[];
  /** Of a user's own systemd: where units and the configuration are. */
  readonly user?: { readonly configHome: string } | undefined;
  /** Whether a systemd runs that can be asked; without one nothing is reloaded, enabled or started. */
  readonly systemd: boolean;
};

export const SYSUSERS = [
  '# The user of all minimon services, written by minimon.',
  'u minimon - "minimon" /var/lib/minimon /usr/sbin/nologin',
  '',
].join('\n');

/** In the order in which systemd looks for them; the last two are a package's. */
const PACKAGED_UNITS = ['/usr/lib/systemd/system', '/lib/systemd/system'];
const PACKAGED_SYSUSERS = '/usr/lib/sysusers.d/minimon.conf';

const isOwn = (found: string): boolean => found.startsWith(WRITTEN_BY);

export type InstallRequest = {
  readonly service: ServiceName;
  /** The configuration where there is none yet; `isExample` when no setting was asked for. */
  readonly config: { readonly text: string; readonly isExample: boolean };
  /** Enable it and start it. */
  readonly now: boolean;
  /** What `hosts enroll` printed. */
  readonly join?: JoinText | undefined;
};

export function installSteps(request: InstallRequest, place: InstallPlace): readonly Step[] {
  const { service, config, now, join: joins } = request;
  const at = (path: string) => join(place.root, path);
  const { user } = place;
  const unit = unitName(service);
  const text = unitText(service, { command: place.command, user: user !== undefined });
  const packaged = user ? undefined : PACKAGED_UNITS.map((folder) => at(join(folder, unit))).find(existsSync);
  const unitPath = user ? join(user.configHome, 'systemd/user', unit) : at(join('/etc/systemd/system', unit));
  const configPath = user ? join(user.configHome, 'minimon/config.yaml') : at('/etc/minimon/config.yaml');
  const unitStep: Step = packaged
    ? { kind: 'packaged', path: packaged }
    : { kind: 'file', path: unitPath, mode: 0o644, text, replaces: isOwn };
  const systemctl = user ? ['systemctl', '--user'] : ['systemctl'];
  const credentials = at(`/etc/minimon/credentials/${service}`);
  const tokenPath = join(credentials, 'agent.join_token');
  const steps: Step[] = [
    ...(user ? [] : userSteps(place)),
    { kind: 'file', path: configPath, mode: user ? 0o600 : 0o644, ...config, replaces: () => false },
    ...(user ? [] : [{ kind: 'directory', path: credentials, mode: 0o700 } as const]),
    ...(joins ? joinSteps(joins, { credentials, tokenPath }) : []),
    unitStep,
  ];
  if (!place.systemd) return steps;
  return [
    ...steps,
    { kind: 'run', command: [...systemctl, 'daemon-reload'], after: [unitPath] },
    // One that runs goes on with the unit as it was until it is started again.
    { kind: 'run', command: [...systemctl, 'try-restart', unit], after: [unitPath, tokenPath] },
    ...(now ? [{ kind: 'run', command: [...systemctl, 'enable', '--now', unit] } as const] : []),
  ];
}

function joinSteps(
  { token, ca }: JoinText,
  { credentials, tokenPath }: { readonly credentials: string; readonly tokenPath: string },
): readonly Step[] {
  const secret = { kind: 'file', mode: 0o600, isSecret: true } as const;
  return [
    { ...secret, path: tokenPath, text: `${token}\n`, replaces: () => true },
    // Whom a machine trusts, nobody changes by the way.
    ...(ca === undefined
      ? []
      : [{ ...secret, path: join(credentials, 'tls.ca'), text: ca, replaces: () => false }]),
  ];
}

function userSteps({ root, systemd }: InstallPlace): readonly Step[] {
  const packaged = [join(root, PACKAGED_SYSUSERS)].find(existsSync);
  const path = packaged ?? join(root, '/etc/sysusers.d/minimon.conf');
  const replaces = (found: string) => found.includes('written by minimon');
  // Asked of the machine and not of the file: the command may have failed before.
  const hasUser = /^minimon:/m.test(textAt(join(root, '/etc/passwd')) ?? '');
  return [
    packaged
      ? { kind: 'packaged', path: packaged }
      : { kind: 'file', path, mode: 0o644, text: SYSUSERS, replaces },
    ...(systemd && !hasUser ? [{ kind: 'run', command: ['systemd-sysusers', path] } as const] : []),
  ];
}

/** The folders of a service in its data directory; `up` has all of them. */
const DATA: Readonly<Record<ServiceName, readonly string[]>> = {
  agent: ['agent'],
  report: [],
  persist: ['persist'],
  analyze: [],
  manage: ['manage'],
  warn: [],
  up: ['.'],
};

export function uninstallSteps(
  request: { readonly service: ServiceName; readonly purgeData: boolean },
  place: InstallPlace & { readonly data: string },
): readonly Step[] {
  const { user } = place;
  const unit = unitName(request.service);
  const path = user
    ? join(user.configHome, 'systemd/user', unit)
    : join(place.root, '/etc/systemd/system', unit);
  const systemctl = user ? ['systemctl', '--user'] : ['systemctl'];
  const isThere = hasUnit(request.service, place);
  const data = request.purgeData ? dataOf(request.service, place.data) : [];
  return [
    ...(place.systemd && isThere
      ? [{ kind: 'run', command: [...systemctl, 'disable', '--now', unit] } as const]
      : []),
    { kind: 'removed file', path, replaces: isOwn },
    ...(place.systemd
      ? [{ kind: 'run', command: [...systemctl, 'daemon-reload'], after: [path] } as const]
      : []),
    ...data.map((folder) => ({ kind: 'removed directory', path: folder }) as const),
  ];
}

/** The directories that a service keeps its data in and that are there. */
export const dataOf = (service: ServiceName, data: string): readonly string[] =>
  DATA[service].map((folder) => join(data, folder)).filter(existsSync);

export function hasUnit(service: ServiceName, { root, user }: InstallPlace): boolean {
  const folders = user
    ? [join(user.configHome, 'systemd/user')]
    : ['/etc/systemd/system', ...PACKAGED_UNITS].map((folder) => join(root, folder));
  return folders.some((folder) => existsSync(join(folder, unitName(service))));
}

/** What stands at a path, or undefined. */
export function textAt(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return undefined;
    throw error;
  }
}
