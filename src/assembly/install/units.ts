// The systemd units of `up` and of each daemon, for packages and for `minimon install`.
import type { DaemonName } from '../config-schema.ts';

export type ServiceName = DaemonName | 'up';

/** In the order of the flow, and `up`, which is all of them in one process. */
const DESCRIPTIONS: Readonly<Record<ServiceName, string>> = {
  agent: 'samples this host and reports it',
  report: 'receives ticks from agents and publishes them to the bus',
  persist: 'writes ticks from the bus to the store',
  analyze: 'answers queries from the store',
  manage: 'keeps hosts, locations, alert rules and receivers',
  warn: 'evaluates alert rules on the stream and notifies',
  up: 'the whole system in one process',
};

export const SERVICES = Object.keys(DESCRIPTIONS) as readonly ServiceName[];

/** They read all of /proc and every mount of the host: no private view of either. */
const SAMPLES_HOST: readonly ServiceName[] = ['agent', 'up'];

/** Each sign of life is a process of its own (service-manager.ts): an agent, a guest on its host, starts few. */
const WATCHDOG: Readonly<Partial<Record<ServiceName, string>>> = { agent: '3min' };

export const unitName = (service: ServiceName): string => `minimon-${service}.service`;

/** By it a unit that `minimon install` wrote is told from one that somebody else did. */
export const WRITTEN_BY = '# Written by minimon; change it with: systemctl edit';

export type UnitOptions = {
  /** The program and its first arguments, as absolute paths: `/usr/bin/node /usr/lib/minimon/bin/minimon.js`. */
  readonly command: readonly string[];
  /** Of a user's own systemd: no user, no directories of the system and what of the sandbox needs no rights. */
  readonly user?: boolean;
};

export function unitText(service: ServiceName, { command, user = false }: UnitOptions): string {
  const argv = service === 'up' ? [...command, 'up'] : [...command, 'daemon', service];
  return [
    `${WRITTEN_BY} ${user ? '--user ' : ''}${unitName(service)}`,
    '[Unit]',
    `Description=minimon ${service}: ${DESCRIPTIONS[service]}`,
    ...(user ? [] : ['Wants=network-online.target', 'After=network-online.target time-sync.target']),
    '# No start limit: after repeated failures of one kind the daemon itself stops restarting, and logs why.',
    'StartLimitIntervalSec=0',
    '',
    '[Service]',
    '# READY, STOPPING and WATCHDOG are sent by systemd-notify, a child process.',
    'Type=notify',
    'NotifyAccess=all',
    `ExecStart=${argv.map(quoted).join(' ')}`,
    'Restart=always',
    'RestartSec=5',
    '# A restart does not fix an invalid configuration.',
    'RestartPreventExitStatus=2',
    `WatchdogSec=${WATCHDOG[service] ?? '1min'}`,
    '# The start includes the migration of older data; a shutdown takes at most 25 s.',
    'TimeoutStartSec=10min',
    'TimeoutStopSec=35',
    'KillMode=mixed',
    'UMask=0077',
    'SyslogIdentifier=%N',
    ...(user ? [] : ['LimitNOFILE=524288', '', ...identity(service)]),
    '',
    ...(user ? USER_SANDBOX : sandbox(service)),
    '',
    '[Install]',
    `WantedBy=${user ? 'default.target' : 'multi-user.target'}`,
    '',
  ].join('\n');
}

export const TLS_TIMER = 'minimon-tls-renew.timer';

/** By name: what signs certificates again before they end, on the machine with the authority; off until it is enabled. */
export const tlsRenewal = ({ command }: UnitOptions): Readonly<Record<string, string>> => ({
  'minimon-tls-renew.service': [
    '[Unit]',
    'Description=minimon: renew certificates that expire within 30 days',
    'ConditionPathExists=/etc/minimon/tls/ca.key',
    '',
    '[Service]',
    'Type=oneshot',
    `ExecStart=${[...command, 'tls', 'renew', '--if-due', '30d', '--dir', '/etc/minimon/tls'].map(quoted).join(' ')}`,
    'User=minimon',
    'Group=minimon',
    'UMask=0077',
    'CacheDirectory=minimon',
    'CacheDirectoryMode=0700',
    'Environment=XDG_CACHE_HOME=%C',
    '',
    ...sandbox('manage'),
    'ReadWritePaths=-/etc/minimon/tls',
    'PrivateNetwork=yes',
    '',
  ].join('\n'),
  [TLS_TIMER]: [
    '[Unit]',
    'Description=minimon: renew certificates daily if due',
    '',
    '[Timer]',
    'OnCalendar=daily',
    'RandomizedDelaySec=6h',
    'Persistent=yes',
    '',
    '[Install]',
    'WantedBy=timers.target',
    '',
  ].join('\n'),
});

/** As ExecStart= reads a word: a percent and a dollar are its own, a backslash and quotes too. */
function quoted(word: string): string {
  const escaped = word.replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /^[\w@%+=:,./$-]+$/.test(escaped) ? escaped : `"${escaped.replace(/[\\"]/g, '\\$&')}"`;
}

const identity = (service: ServiceName): readonly string[] => [
  'User=minimon',
  'Group=minimon',
  'StateDirectory=minimon',
  'StateDirectoryMode=0700',
  'CacheDirectory=minimon',
  'CacheDirectoryMode=0700',
  'Environment=XDG_CACHE_HOME=%C',
  '# Each file there is a secret setting with the name of the file: store.token, catalog.password, tls.key ...',
  `LoadCredential=minimon:/etc/minimon/credentials/${service}`,
  `ConfigurationDirectory=minimon/credentials/${service}`,
  'ConfigurationDirectoryMode=0700',
];

const USER_SANDBOX: readonly string[] = [
  'NoNewPrivileges=yes',
  'LockPersonality=yes',
  'RestrictRealtime=yes',
  'SystemCallArchitectures=native',
];

/** Not among them: MemoryDenyWriteExecute, which no just-in-time compiler can live with. */
const sandbox = (service: ServiceName): readonly string[] => [
  'NoNewPrivileges=yes',
  'CapabilityBoundingSet=',
  'AmbientCapabilities=',
  'ProtectSystem=strict',
  ...(SAMPLES_HOST.includes(service)
    ? ['# Not hidden, neither /home nor /tmp: mounts below them are sampled too.', 'ProtectHome=read-only']
    : ['ProtectHome=yes', 'PrivateTmp=yes', 'ProtectProc=invisible', 'PrivateUsers=yes']),
  'PrivateDevices=yes',
  'ProtectKernelTunables=yes',
  'ProtectKernelModules=yes',
  'ProtectKernelLogs=yes',
  'ProtectControlGroups=yes',
  'ProtectClock=yes',
  'ProtectHostname=yes',
  'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK',
  'RestrictNamespaces=yes',
  'RestrictRealtime=yes',
  'RestrictSUIDSGID=yes',
  'LockPersonality=yes',
  'RemoveIPC=yes',
  'SystemCallArchitectures=native',
  'SystemCallFilter=@system-service',
  'SystemCallFilter=~@privileged @resources',
  'SystemCallErrorNumber=EPERM',
];
