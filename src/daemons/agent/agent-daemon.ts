// The agent daemon: identity, collectors, spool and sender put together, with probes and metrics over HTTP.
import { join } from 'node:path';
import type { ReportService } from '../../api/report.ts';
import { ExpectedError } from '../../domain/errors.ts';
import { REPORTS_WITHIN_MS } from '../../domain/tick.ts';
import type { Daemon } from '../../runtime/lifecycle.ts';
import { createThrottle } from '../../runtime/logging.ts';
import { createDaemonBase, type DaemonParts } from '../daemon.ts';
import { createCollection, LONGEST_ROUND_MS } from './collection.ts';
import { viewOf } from './collectors/container.ts';
import type { HostCredential } from './credential.ts';
import { createFacts } from './facts.ts';
import { readIdentity } from './identity.ts';
import type { AgentOptions } from './options.ts';
import { openReaders } from './platform.ts';
import { createAgentCounts, createAgentService } from './service.ts';
import { createSpool } from './spool.ts';

export type AgentDaemonParts = DaemonParts & {
  /** Belongs to the caller, who stops it after the daemon. */
  readonly report: ReportService & { onConnected?(listener: () => void): void };
  /** Holds the spool and, where the host has none, the machine id. One agent a directory. */
  readonly stateDir: string;
  readonly agentVersion: string;
  /** Shown to report; stopped with the daemon. */
  readonly credential?: HostCredential | undefined;
  /** A clock that is never set; default the process's own. */
  readonly monotonicMs?: () => number;
};

const DROPS_SAID_EVERY_MS = 3_600_000;

export function createAgentDaemon(options: AgentOptions, parts: AgentDaemonParts): Daemon {
  const { clock, logger, stateDir, agentVersion, credential } = parts;
  const report = credential ? noticing(parts.report, credential.refused) : parts.report;
  const base = createDaemonBase('agent', parts);
  const { health, metrics } = base;
  const sayOnce = createThrottle(clock.monotonicMs, DROPS_SAID_EVERY_MS);

  return base.daemon(async () => {
    const onDamaged = (message: string) => logger.error(message);
    const identity = readIdentity({ root: options.root, hostId: options.hostId, stateDir, onDamaged });
    const hostView = viewOf(options);
    const counts = createAgentCounts(metrics);
    const spool = base.own(
      'agent spool',
      createSpool({
        path: join(stateDir, 'spool.sqlite'),
        maxBytes: options.spoolMaxSize,
        maxAgeMs: REPORTS_WITHIN_MS,
        onDropped({ reason, ticks, samples }) {
          counts.dropped.add(samples, { reason });
          // A long outage drops a tick with every new one.
          if (!sayOnce(reason)) return;
          const soFar = counts.dropped.value({ reason });
          logger.warn({ reason, ticks, samples, soFar }, 'spool full: dropping the oldest ticks');
        },
        onDamaged,
      }),
      (opened) => opened.close(),
    );
    // What proved damaged as it was opened was received and dropped.
    counts.received.add(spool.queued().samples + counts.dropped.value(), { from: 'spool' });
    metrics.gauge('samples_queued', 'Samples in the spool', () => spool.queued().samples);
    metrics.gauge('agent_ticks_queued', 'Ticks in the spool', () => spool.queued().ticks);

    const collection = base.own(
      'agent collectors',
      createCollection({
        readers: await openReaders(options),
        monotonicMs: parts.monotonicMs ?? (() => performance.now()),
        // Below the interval: a collector that hangs must not push the tick into the next slot.
        boundMs: Math.min(LONGEST_ROUND_MS, options.interval * 0.9),
      }),
      (opened) => opened.close(),
    );
    const service = createAgentService(
      {
        identity,
        agentVersion,
        collection,
        facts: createFacts({
          root: options.root,
          hostView,
          locationHint: options.location,
          readPhysical: collection.physical,
        }),
        spool,
        report,
        clock,
        logger,
        counts,
      },
      { intervalMs: options.interval, immediate: options.immediate },
    );
    health.check('spool', () => spool.unhealthy());
    health.check('authentication', () => service.sender.unhealthy());
    health.check('sampling', () => service.unhealthy());
    // A note only: while report is away the agent does its work, which is to keep the ticks.
    health.note(() => {
      const lastError = service.sender.lastError();
      return (
        lastError && `sending to report fails (${spool.queued().ticks} ticks in the spool): ${lastError}`
      );
    });
    health.note(() => service.notCollected());
    health.note(() => `reports as ${identity.hostId}, showing the ${hostView.view} (${hostView.reason})`);

    await base.listenHttp(options.admin);
    // Before anything is sent: what the spool has kept goes at once, and would be refused for a minute without it.
    if (credential) {
      health.check('credential', credential.unhealthy);
      health.note(credential.lastError);
      base.own('agent credential', credential, (held) => held.stop());
      credential.start(identity, service.sender.retryNow);
    }
    base.own('agent service', service, (started) => started.stop());
    await service.start();
    parts.report.onConnected?.(service.sender.connected);
    logger.info(
      {
        host_id: identity.hostId,
        view: hostView.view,
        root: options.root,
        interval_ms: options.interval,
      },
      'the agent samples this host',
    );
  });
}

/** The same service; `onRefused` is told of calls whose caller it does not know. */
const noticing = (service: ReportService, onRefused: () => void): ReportService => ({
  async report(request) {
    try {
      return await service.report(request);
    } catch (error) {
      if (error instanceof ExpectedError && error.kind === 'unauthenticated') onRefused();
      throw error;
    }
  },
});
