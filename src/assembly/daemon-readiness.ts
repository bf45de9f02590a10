// Checks the readiness of the daemons on this machine, at the addresses in the configuration.
import { askReadiness } from '../api/http/exchange.ts';
import { callableAddress } from '../domain/address.ts';
import { ExpectedError } from '../domain/errors.ts';
import { loadConfig } from './config-load.ts';
import type { DaemonName } from './config-schema.ts';
import type { Environment } from './environment.ts';
import type { Setting } from './flag-settings.ts';
import { withListenRules } from './listen-rules.ts';
import { PROBES } from './probes.ts';
import { listenerTls, mergedTls } from './tls.ts';

export type DaemonReadiness = {
  readonly daemon: DaemonName;
  readonly address: string;
  readonly ready: boolean;
  /** The output of /readyz?verbose, one check per line. */
  readonly text: string;
};

export type ReadinessRequest = {
  readonly environment: Environment;
  readonly file: string | undefined;
  readonly flags: readonly Setting[];
  /** All of these must answer; empty: every daemon that answers, and at least one. */
  readonly daemons: readonly DaemonName[];
  readonly timeoutMs: number;
};

/** In the order of the flow. UNREACHABLE or TIMEOUT when one that was named, or each of all, does not answer. */
export async function askDaemons(request: ReadinessRequest): Promise<readonly DaemonReadiness[]> {
  const { environment, file, flags, daemons, timeoutMs } = request;
  const loaded = await loadConfig({ environment, file, flags });
  const config = withListenRules(loaded.config, { isSet: (key) => loaded.origins.has(key), daemons: [] });
  const asked = (Object.keys(PROBES) as DaemonName[]).filter(
    (daemon) => daemons.length === 0 || daemons.includes(daemon),
  );
  const outcomes = await Promise.allSettled(
    asked.map(async (daemon): Promise<DaemonReadiness> => {
      const address = callableAddress(PROBES[daemon](config));
      const tls = listenerTls(config, daemon) && mergedTls(config.tls, config.client.tls);
      return { daemon, address, ...(await askReadiness({ daemon, address, timeoutMs, tls })) };
    }),
  );
  const answers = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  // Unasked, a refused connection says that the daemon is not this machine's; one that hangs is here all the same.
  const absent = (error: unknown) => error instanceof ExpectedError && error.code === 'UNREACHABLE';
  const serious = daemons.length > 0 ? failures[0] : failures.find((error) => !absent(error));
  if (serious) throw serious;
  if (answers.length === 0) {
    throw new ExpectedError('UNREACHABLE', 'no daemon answers on this machine', {
      hint: 'Start all with `minimon up` or one with `minimon daemon NAME`. Their ports are in the configuration.',
    });
  }
  return answers;
}
