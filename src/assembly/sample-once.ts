// `daemon agent --once`: one tick of this host, with the agent's own configuration.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Once, sampleOnce } from '../daemons/agent/once.ts';
import { systemClock } from '../runtime/clock.ts';
import { loadConfig } from './config-load.ts';
import { configSchema, KIND_DEFAULTS } from './config-schema.ts';
import { dataDirectory } from './data-directory.ts';
import { programVersion } from './program.ts';
import type { RunRequest } from './run-daemon.ts';

export async function sampleThisHost({
  environment,
  file,
  flags,
}: Omit<RunRequest, 'stderr'>): Promise<Once> {
  const { config } = loadConfig({ schema: configSchema, environment, file, flags, defaults: KIND_DEFAULTS });
  // The daemon's machine id is used where there is one; nothing is made for a single look.
  const stateDir = join(dataDirectory(config.data, environment), 'agent');
  return sampleOnce(config.agent, {
    clock: systemClock,
    agentVersion: programVersion(),
    ...(existsSync(stateDir) && { stateDir }),
  });
}
