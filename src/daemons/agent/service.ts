// The agent service: samples, builds ticks, spools and sends them; with counters whose sum must balance.
import type { ReportService } from '../../api/report.ts';
import { messageOf } from '../../domain/errors.ts';
import type { Sample, Tick } from '../../domain/tick.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logging.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import { encodeTick } from '../../wire/tick-writer.ts';
import { type Collected, type Collection, createOmissionLog } from './collection.ts';
import type { createFacts } from './facts.ts';
import type { Identity } from './identity.ts';
import { runSampler } from './sampler.ts';
import { createSender, type Sender } from './sender.ts';
import type { Spool } from './spool.ts';

export type AgentParts = {
  readonly identity: Identity;
  readonly agentVersion: string;
  readonly collection: Collection;
  readonly facts: ReturnType<typeof createFacts>;
  readonly spool: Spool;
  readonly report: ReportService;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly counts: AgentCounts;
  readonly random?: () => number;
};

/** As many failures as a note names. */
const MOST_NAMED = 5;

export type AgentService = {
  start(): Promise<void>;
  /** Ends sampling and sending; what is not acknowledged stays in the spool. */
  stop(): Promise<void>;
  readonly sender: Pick<Sender, 'unhealthy' | 'lastError' | 'retryNow' | 'connected'>;
  /** What of the host the last round failed to collect, if anything; for people. */
  notCollected(): string | undefined;
  /** Why there are no ticks, if sampling or sending ended by itself. */
  unhealthy(): string | undefined;
};

export type AgentCounts = ReturnType<typeof createAgentCounts>;

/** Samples by what became of them: received = sent + refused + dropped + queued, per process life. */
export function createAgentCounts(metrics: Metrics) {
  return {
    received: metrics.counter('samples_received_total', 'Samples taken, or found in the spool at the start', [
      'from',
    ]),
    sent: metrics.counter('samples_sent_total', 'Samples that report has accepted'),
    refused: metrics.counter('samples_refused_total', 'Samples that report has rejected'),
    dropped: metrics.counter('samples_dropped_total', 'Samples dropped before report accepted them', [
      'reason',
    ]),
    ticks: metrics.counter('agent_ticks_total', 'Ticks taken'),
    missed: metrics.counter('agent_slots_missed_total', 'Sampling slots without a tick'),
    failures: metrics.counter('agent_collector_failures_total', 'Rounds in which a collector failed', [
      'collector',
    ]),
  };
}

export function createAgentService(
  parts: AgentParts,
  options: { readonly intervalMs: number; readonly immediate: boolean },
): AgentService {
  const { identity, agentVersion, collection, facts, spool, clock, logger, counts } = parts;
  const ending = new AbortController();
  const logOmissions = createOmissionLog(logger, clock.monotonicMs);
  const sender = createSender({
    hostId: identity.hostId,
    intervalMs: options.intervalMs,
    spool,
    report: parts.report,
    clock,
    logger,
    onDelivered: ({ sent, refused, invalid }) => {
      counts.sent.add(sent);
      counts.refused.add(refused);
      counts.dropped.add(invalid, { reason: 'invalid' });
    },
    ...(parts.random && { random: parts.random }),
  });
  let working: Promise<unknown> | undefined;
  let failure: string | undefined;
  let failed: Collected['failed'] = [];

  async function onSlot(timeMs: number): Promise<void> {
    const collected = await collection.take();
    // A round that ends after the stop would write into a closed spool.
    if (ending.signal.aborted) return;
    logOmissions(collected);
    failed = collected.failed;
    for (const collector of new Set(collected.failed.map((one) => one.collector)))
      counts.failures.add(1, { collector });
    const samples: Sample[] = [...collected.samples];
    // Measured by the last answer; without a new one there is no sample, and a gap shows that report was away.
    const offset = sender.takeClockOffset();
    if (offset !== undefined) samples.push({ metric: 'clock.offset', labels: {}, value: offset });
    const due = facts(clock.nowMs());
    const tick: Tick = {
      ...identity,
      timeMs,
      intervalMs: options.intervalMs,
      bootId: collected.bootId,
      agentVersion,
      samples,
      ...(due && { facts: due }),
    };
    spool.put({ timeMs, samples: samples.length, bytes: encodeTick(tick) });
    counts.ticks.add();
    counts.received.add(samples.length, { from: 'host' });
    sender.wake();
  }

  async function sampleUntilStopped(): Promise<void> {
    // What rates are counted from; it is no tick.
    await collection.take();
    await runSampler(
      {
        clock,
        ...options,
        // A bug in one tick must not cost the host all others.
        onSlot: (timeMs) =>
          onSlot(timeMs).catch((error: unknown) => logger.error({ err: error }, 'a tick failed')),
        onMissed(slots) {
          counts.missed.add(slots);
          logger.warn(
            { slots, soFar: counts.missed.value() },
            'sampling times were missed: the process or its machine was suspended or too slow, or the clock was set forward',
          );
        },
      },
      ending.signal,
    );
  }

  /** A loop that ends before the stop is a bug and must be seen. */
  const guarded = (work: Promise<unknown>, name: string) =>
    work.catch((error: unknown) => {
      if (ending.signal.aborted) return;
      failure = `${name} ended: ${messageOf(error)}`;
      logger.error({ err: error }, failure);
    });

  return {
    async start() {
      working = Promise.all([
        guarded(sampleUntilStopped(), 'sampling'),
        guarded(sender.run(ending.signal), 'sending'),
      ]);
    },
    async stop() {
      ending.abort(new Error('the agent is stopping'));
      await working;
    },
    sender,
    notCollected: () => textOf(failed),
    unhealthy: () => failure,
  };
}

function textOf(failed: Collected['failed']): string | undefined {
  if (failed.length === 0) return undefined;
  const named = failed.slice(0, MOST_NAMED).map(({ what, why }) => `${what} (${why})`);
  const more = failed.length > MOST_NAMED ? ` and ${failed.length - MOST_NAMED} others` : '';
  return `not collected in the last tick: ${named.join('; ')}${more}`;
}
