// The collector contract: reads one part of the host per round, and reports omissions.
import { messageOf } from '../../../domain/errors.ts';
import type { PhysicalNames } from '../../../domain/physical-series.ts';
import type { Labels } from '../../../domain/tick.ts';

/** Something that is not among the samples although a reader may look for it. Said once per `what`. */
export type Omission = { readonly what: string; readonly why: string };

export type Round = {
  /** Counts up from 1; a file that serves two collectors is read once a round. */
  readonly number: number;
  /** What counters are divided by: milliseconds on a clock that neither jumps nor stops in a suspended machine. */
  readonly atMs: number;
  add(metric: string, value: number, labels?: Labels): void;
  omit(what: string, why: string): void;
  /** A part of the collector's work failed; what does not depend on it goes on. */
  fail(what: string, why: string): void;
};

export type Collector = {
  readonly name: string;
  /** Adds this round's samples. What it throws fails this collector alone, for this round. */
  collect(round: Round): void | Promise<void>;
  /** The counters seen so far no longer compare with what comes (a reboot). */
  forget(): void;
  close(): void;
};

/** A collector of devices that says which it sampled last: names in bytes, one character a byte -> label value. */
export type DeviceCollector = Collector & { sampled(): ReadonlyMap<string, string> };

/** What a host is read by: its collectors, and two readings that every rate depends on. */
export type HostReaders = {
  readonly collectors: readonly Collector[];
  /** Undefined where there is none. */
  readonly readBootId: () => string | undefined;
  readonly readUptimeMs: () => number | undefined;
  /** Of what was sampled last, by label; absent where nothing is known of layers. */
  readonly readPhysical?: () => PhysicalNames;
  readonly close: () => void;
};

/** Rates over less than this are noise: the first reading remains the base that the next round is compared with. */
export const SHORTEST_RATE_MS = 200;

/** Runs a part of a collector; what it throws fails this part alone. */
export function attempt(round: Round, what: string, part: () => void): void {
  try {
    part();
  } catch (error) {
    round.fail(what, messageOf(error));
  }
}
