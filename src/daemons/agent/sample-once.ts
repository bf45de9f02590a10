// A single tick for --once: two readings about a second apart, no server, nothing stored.
import type { Tick } from '../../domain/tick.ts';
import type { Clock } from '../../runtime/clock.ts';
import { type Collected, createCollection, LONGEST_ROUND_MS } from './collection.ts';
import { viewOf } from './collectors/container.ts';
import { createFacts } from './facts.ts';
import { readIdentity } from './identity.ts';
import type { AgentOptions } from './options.ts';
import { openReaders } from './platform.ts';

export type Once = Pick<Collected, 'omitted' | 'failed'> & { readonly tick: Tick };

export type OnceParts = {
  readonly clock: Clock;
  readonly agentVersion: string;
  /** Where the daemon stores a machine id that it made, if there is such a place; without it an unusable one stays empty. */
  readonly stateDir?: string;
  readonly signal?: AbortSignal;
  readonly monotonicMs?: () => number;
};

/** Between the two readings. */
const APART_MS = 1_000;

/** What the daemon would report now, and by name everything that is not in it. */
export async function sampleOnce(options: AgentOptions, parts: OnceParts): Promise<Once> {
  const { clock, agentVersion, stateDir, signal } = parts;
  const { root, hostId, location, interval } = options;
  const identity = readIdentity({ root, hostId, stateDir, onlyLook: true });
  const hostView = viewOf(options);
  const collection = createCollection({
    readers: await openReaders(options),
    monotonicMs: parts.monotonicMs ?? (() => performance.now()),
    boundMs: LONGEST_ROUND_MS,
  });
  try {
    await collection.take();
    await clock.sleep(APART_MS, signal);
    const { samples, bootId, omitted, failed } = await collection.take();
    const timeMs = clock.nowMs();
    const facts = createFacts({
      root,
      hostView,
      locationHint: location,
      readPhysical: collection.physical,
    })(timeMs);
    const tick: Tick = {
      ...identity,
      timeMs,
      intervalMs: interval,
      bootId,
      agentVersion,
      samples,
      ...(facts && { facts }),
    };
    return { tick, omitted, failed };
  } finally {
    collection.close();
  }
}
