// `minimon up` from its configuration to a running system.
import { join } from 'node:path';
import type { SimulateOptions } from '../daemons/simulate/options.ts';
import { makeDataDirectory } from '../runtime/directory-lock.ts';
import { createLogger, type Logger } from '../runtime/logging.ts';
import { loadConfig } from './config-load.ts';
import { configSchema, KIND_DEFAULTS } from './config-schema.ts';
import { dataDirectory } from './data-directory.ts';
import { LISTENERS, withListenRules } from './listen-rules.ts';
import { createLogLines, type LogLines } from './log-lines.ts';
import { openLogger } from './open-logger.ts';
import { programVersion } from './program.ts';
import type { RunRequest } from './run-daemon.ts';
import { simulationOptions } from './simulation-options.ts';
import { createUp, type Up } from './up.ts';

/** A newcomer should see something at once: the own host is sampled more often, and right after the start. */
const UP_DEFAULTS = { ...KIND_DEFAULTS, 'agent.interval': '10s', 'agent.immediate': true } as const;

export type RunningUp = {
  readonly up: Up;
  readonly logger: Logger;
  readonly data: string;
  readonly version: string;
  readonly fatal: Promise<Error>;
  /** Where the log goes while the screen is drawn; undefined when it goes to stderr. */
  readonly logLines: LogLines | undefined;
};

export async function prepareUp(
  request: RunRequest & {
    readonly simulate:
      | { readonly hosts: number; readonly locations: number; readonly since: string }
      | undefined;
    /** The terminal is drawn on, so the log goes to a file. */
    readonly drawn: boolean;
  },
): Promise<RunningUp> {
  const { environment, stderr, file, flags } = request;
  const loaded = loadConfig({ schema: configSchema, environment, file, flags, defaults: UP_DEFAULTS });
  const daemons = [...new Set(LISTENERS.map(([daemon]) => daemon))];
  const config = withListenRules(loaded.config, { isSet: (key) => loaded.origins.has(key), daemons });
  const simulate: SimulateOptions | undefined = request.simulate && simulationOptions(request.simulate);
  const data = dataDirectory(config.data, environment);
  makeDataDirectory(data);
  const version = programVersion();
  const logLines = request.drawn ? createLogLines(join(data, 'log', 'minimon.log')) : undefined;
  const logger = logLines
    ? await createLogger({ level: config.log.level, format: 'json' }, logLines.stream)
    : await openLogger(config.log, stderr);
  let onFatal: (error: Error) => void = () => {};
  const fatal = new Promise<Error>((resolve) => {
    onFatal = resolve;
  });
  const up = createUp({ config, data, version, logger, simulate, onFatal });
  return { up, logger, data, version, fatal, logLines };
}
