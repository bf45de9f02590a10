// Flags of the commands that run daemons, and the setting that each sets.
import { Flags } from '@oclif/core';
import type { Setting } from '../assembly/run-daemon.ts';
import { FAULTS } from '../daemons/simulate/fleet.ts';
import { ExpectedError } from '../domain/errors.ts';

export const daemonFlags = {
  data: Flags.string({ description: 'Data directory', helpValue: 'DIR' }),
  set: Flags.string({
    description: 'Any setting (minimon config show lists them); repeatable',
    helpValue: 'KEY=VALUE',
    multiple: true,
  }),
  'port-offset': Flags.integer({ description: 'Added to every port that is not set itself', helpValue: 'N' }),
  'log-level': Flags.option({
    options: ['debug', 'info', 'warn', 'error'] as const,
    description: 'Minimum log level',
  })(),
  insecure: Flags.boolean({ description: 'Allow listening off loopback without client certificates' }),
};

export const agentFlags = {
  interval: Flags.string({ description: 'Time between samples', helpValue: '60s' }),
  location: Flags.string({
    description: 'Location of this host, suggested when it is assigned',
    helpValue: '725',
  }),
  'host-id': Flags.string({ description: 'Name of this host [default: its hostname]', helpValue: 'ID' }),
  root: Flags.string({ description: 'Read proc, sys and mounts below this directory', helpValue: 'DIR' }),
};

export const faultFlag = (more: { readonly dependsOn?: string[] } = {}) =>
  Flags.option({
    options: [...FAULTS, 'none'] as const,
    multiple: true,
    delimiter: ',',
    description: 'What goes wrong with some of the simulated hosts [default: all of them]',
    ...more,
  })();

/** Flag -> setting. */
const SETTINGS: Readonly<Record<string, string>> = {
  data: 'data',
  'port-offset': 'port_offset',
  'log-level': 'log.level',
  insecure: 'insecure',
  interval: 'agent.interval',
  location: 'agent.location',
  'host-id': 'agent.host_id',
  root: 'agent.root',
  report: 'discovery.reports',
};

/** The flags that were given, as settings. */
export function settingsOf(flags: Readonly<Record<string, unknown>>): readonly Setting[] {
  const named = Object.entries(SETTINGS).flatMap(([flag, key]) =>
    flags[flag] === undefined ? [] : [{ key, value: flags[flag], flag: `--${flag}` }],
  );
  const free = ((flags['set'] as readonly string[] | undefined) ?? []).map((text) => {
    const cut = text.indexOf('=');
    if (cut < 1)
      throw new ExpectedError('USAGE', `--set ${text}: expected KEY=VALUE`, {
        hint: 'For example --set store.retention=7d',
      });
    return { key: text.slice(0, cut), value: text.slice(cut + 1), flag: `--set ${text.slice(0, cut)}` };
  });
  return [...named, ...free];
}
