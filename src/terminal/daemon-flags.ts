// Flags of the commands that run daemons.
import { Flags } from '@oclif/core';
import { FAULTS } from '../daemons/simulate/fleet.ts';

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
  insecure: Flags.boolean({
    description: 'Check no callers, and allow listening off loopback in plain text',
  }),
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
