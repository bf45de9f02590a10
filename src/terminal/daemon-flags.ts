// Flags of the commands that run daemons.
import { Flags } from '@oclif/core';
import { FAULTS } from '../daemons/simulate/fleet.ts';

export const daemonFlags = {
  data: Flags.string({ description: 'Data directory', helpValue: 'DIR' }),
  set: Flags.string({
    description: 'Any setting (list them: minimon config show); repeatable',
    helpValue: 'KEY=VALUE',
    multiple: true,
  }),
  'port-offset': Flags.integer({ description: 'Added to every port that is not set itself', helpValue: 'N' }),
  'log-level': Flags.option({
    options: ['debug', 'info', 'warn', 'error'] as const,
    description: 'Minimum log level',
  })(),
  insecure: Flags.boolean({
    description: 'Disable authentication, and allow listening without TLS on other addresses than loopback',
  }),
};

export const agentFlags = {
  interval: Flags.string({ description: 'Time between samples', helpValue: '60s' }),
  location: Flags.string({
    description: 'Location of this host, suggested when it is assigned',
    helpValue: '725',
  }),
  'host-id': Flags.string({ description: 'Name of this host [default: its hostname]', helpValue: 'ID' }),
  root: Flags.string({
    description: 'Root directory: reads DIR/proc, DIR/sys and mounts below it',
    helpValue: 'DIR',
  }),
};

export const faultFlag = (more: { readonly dependsOn?: string[] } = {}) =>
  Flags.option({
    options: [...FAULTS, 'none'] as const,
    multiple: true,
    delimiter: ',',
    description: 'Faults of some simulated hosts [default: all kinds]',
    ...more,
  })();
