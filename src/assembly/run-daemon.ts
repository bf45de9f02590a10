// `minimon daemon X`: one service by itself, from its configuration to its exit code.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Once } from '../daemons/agent/sample-once.ts';
import { ExpectedError } from '../domain/errors.ts';
import { systemClock } from '../runtime/clock.ts';
import { holdDiskReserve } from '../runtime/disk-reserve.ts';
import { createLifecycle } from '../runtime/lifecycle.ts';
import { openBackends, openDiscovery } from './backends.ts';
import type { Loaded } from './config-load.ts';
import type { Config, DaemonName } from './config-schema.ts';
import { daemonClients } from './daemon-clients.ts';
import { BUILDERS } from './daemons.ts';
import { dataDirectory, type Environment, isUnderNohup, keepPrivate, programVersion } from './environment.ts';
import { exposedSecrets } from './exposed-secrets.ts';
import type { Setting } from './flag-settings.ts';
import { withListenRules, withPortHint } from './listen-rules.ts';
import { openLogger } from './logger.ts';
import { PROBES } from './probes.ts';
import { createHeld, openDeaths } from './repeated-deaths.ts';
import { openServiceManager } from './service-manager.ts';
import { superviseUntilSignal } from './signals.ts';

export type RunRequest = {
  readonly environment: Environment;
  readonly stderr: NodeJS.WriteStream;
  readonly file: string | undefined;
  readonly flags: readonly Setting[];
  /** The configuration, where it was loaded elsewhere (`config-worker.ts`). */
  readonly loaded?: Loaded<Config> | undefined;
};

/** Which backends a daemon shares with others, so that an embedded one would leave it alone with its data. */
const SHARES: Readonly<Record<DaemonName, readonly ('bus' | 'store')[]>> = {
  agent: [],
  report: ['bus'],
  persist: ['bus', 'store'],
  analyze: ['store'],
  manage: [],
  warn: ['bus'],
};

const REAL_SERVER = { bus: 'bus.kind: kafka', store: 'store.kind: influxdb' } as const;

/** Runs until a signal; resolves with the exit code. */
export async function runDaemon(name: DaemonName, request: RunRequest): Promise<number> {
  const { environment, stderr } = request;
  keepPrivate();
  const loaded = request.loaded ?? (await load(request));
  const config = withListenRules(loaded.config, { isSet: (key) => loaded.origins.has(key), daemons: [name] });
  rejectUnshared(name, config);
  const logger = await openLogger(config.log, stderr);
  for (const warning of exposedSecrets(loaded)) logger.warn(warning);
  const lifecycle = createLifecycle({ onError: (message) => logger.warn(message) });
  let fail: (error: Error) => void = () => {};
  const fatal = new Promise<Error>((resolve) => {
    fail = resolve;
  });
  const parts = { config, data: dataDirectory(config.data, environment), logger, lifecycle };
  const daemon = {
    async start() {
      if (existsSync(parts.data)) {
        const reserve = holdDiskReserve({ directory: parts.data, clock: systemClock, logger });
        lifecycle.own('disk reserve', reserve, (held) => held.stop());
      }
      try {
        const built = await BUILDERS[name]({
          ...parts,
          ...daemonClients(name, parts),
          backends: openBackends({ ...parts, onFatal: fail }),
          discovery: () => openDiscovery(parts),
          onFatal: fail,
        });
        lifecycle.own(name, built, (started) => started.stop());
        await built.start();
        logger.info({ ...built.addresses() }, `${name} started`);
      } catch (error) {
        await lifecycle.stop();
        throw withPortHint(error, config);
      }
    },
    stop: () => lifecycle.stop(),
  };
  const deaths = openDeaths({ name, directory: parts.data, logger });
  const reason = deaths.repeated();
  const probes = new Map([[name, PROBES[name](config)]]);
  const held = reason === undefined ? undefined : createHeld({ reason, deaths, logger, probes });
  return superviseUntilSignal(held ?? daemon, {
    logger,
    fatal,
    manager: openServiceManager({ environment, clock: systemClock, logger, status: held?.text }),
    ignoresHangup: isUnderNohup(environment),
    onFatal: deaths.note,
    onStopping: (signal) => logger.info({ signal }, `${name} shutting down`),
  });
}

/** Only here: an agent whose configuration a thread has loaded goes without zod and its schemas, some 9 MB. */
async function load({ environment, file, flags }: Omit<RunRequest, 'stderr'>): Promise<Loaded<Config>> {
  const { loadConfig } = await import('./config-load.ts');
  return loadConfig({ environment, file, flags });
}

function rejectUnshared(name: DaemonName, config: Config): void {
  for (const backend of SHARES[name]) {
    if (config[backend].kind !== 'embedded') continue;
    throw new ExpectedError(
      'EMBEDDED_NOT_SHARED',
      `${name} cannot use the embedded ${backend} as a separate daemon: it serves one process, and other daemons need its data`,
      {
        hint: `Run everything in one process with \`minimon up\`, or configure a server with ${REAL_SERVER[backend]}.`,
      },
    );
  }
}

/** `daemon agent --once`: one tick of this host, with the agent's own configuration. */
export async function sampleThisHost(request: Omit<RunRequest, 'stderr'>): Promise<Once> {
  const { environment } = request;
  const [{ config }, { sampleOnce }] = await Promise.all([
    load(request),
    import('../daemons/agent/sample-once.ts'),
  ]);
  // The daemon's machine id is used where there is one; nothing is created for a single sample.
  const stateDir = join(dataDirectory(config.data, environment), 'agent');
  return sampleOnce(config.agent, {
    clock: systemClock,
    agentVersion: programVersion(),
    ...(existsSync(stateDir) && { stateDir }),
  });
}
