// Counts what was accepted and rejected of a request's ticks, and builds the answer.
import { type Refusal, type Sample, valueError } from '../../domain/tick.ts';
import { tickOf } from '../../wire/tick-reader.ts';
import type { TickView } from '../../wire/tick-view.ts';
import { encodeTick } from '../../wire/tick-writer.ts';
import type { SeriesErrors } from './admission.ts';

export type AcceptedTick = { readonly hostId: string; readonly bytes: Uint8Array };

export type TalliedRequest = {
  readonly ticks: readonly AcceptedTick[];
  /** Samples in the request, and counters in its refused ticks; samples not refused are in `ticks`. */
  readonly received: number;
  readonly refused: number;
  /** The first 100, sample by sample, for the answer. */
  readonly refusals: readonly Refusal[];
  /** One a tick, for the bus: that a host is refused must be known to more than its agent. */
  readonly published: readonly Refusal[];
  /** Hosts that the caller may not report, as they came. */
  readonly foreign: ReadonlySet<string>;
};

/** An answer stays small although every sample of the request may be refused. */
const MAX_REFUSALS = 100;
const NOT_ITS_HOST = 'the token or certificate may not report this host';

export function createTally() {
  const ticks: AcceptedTick[] = [];
  const refusals: Refusal[] = [];
  const published: Refusal[] = [];
  const foreign = new Set<string>();
  let refused = 0;
  let refusedCounters = 0;

  function refuse(view: TickView, refusal: Omit<Refusal, 'hostId' | 'timeMs'>) {
    refused += refusal.samples;
    if (refusals.length < MAX_REFUSALS) {
      refusals.push({ hostId: view.hostId, timeMs: view.timeMs, ...refusal });
    }
  }

  function refuseTick(view: TickView, reason: string, isShown: boolean) {
    const ofCounters = view.counters?.values.length ?? 0;
    const refusal = { metric: '', labels: {}, samples: view.values.length + ofCounters, reason };
    refusedCounters += ofCounters;
    refuse(view, refusal);
    if (isShown) published.push({ hostId: view.hostId, timeMs: view.timeMs, ...refusal });
  }

  /** The tick is encoded again without what is refused; with no sample left it is dropped. */
  function acceptRest(
    view: TickView,
    wrong: {
      readonly errors: SeriesErrors;
      readonly counters: SeriesErrors;
      readonly ends: SeriesErrors;
      readonly facts: string | undefined;
    },
  ) {
    const before = refused;
    let first = wrong.facts;
    if (wrong.facts) refuse(view, { metric: '', labels: {}, samples: 0, reason: wrong.facts });
    const { facts, counters, ended, samples, ...tick } = tickOf(view);
    const without = (list: readonly Sample[], errors: SeriesErrors) =>
      list.filter(({ metric, labels, value }, i) => {
        const why = (errors === 'none' ? undefined : errors[i]) ?? valueError(value);
        if (why === undefined) return true;
        first ??= `${metric}: ${why}`;
        refuse(view, { metric, labels, samples: 1, reason: why });
        return false;
      });
    const goodCounters = without(counters ?? [], wrong.counters);
    refusedCounters += refused - before;
    const good = without(samples, wrong.errors);
    // An end is no sample: what is refused of them is not counted.
    const goodEnds = ended?.filter((_, i) => wrong.ends === 'none' || wrong.ends[i] === undefined) ?? [];
    const hadNone = samples.length + (counters?.length ?? 0) + (ended?.length ?? 0) === 0;
    if (good.length + goodCounters.length + goodEnds.length > 0 || hadNone) {
      const bytes = encodeTick({
        ...{ ...tick, samples: good },
        ...(goodCounters.length > 0 && { counters: goodCounters }),
        ...(goodEnds.length > 0 && { ended: goodEnds }),
        ...(facts && !wrong.facts && { facts }),
      });
      ticks.push({ hostId: view.hostId, bytes });
    }
    if (first === undefined) return;
    published.push({
      hostId: view.hostId,
      timeMs: view.timeMs,
      metric: '',
      labels: {},
      samples: refused - before,
      reason: first,
    });
  }

  return {
    accept: (hostId: string, bytes: Uint8Array): void => void ticks.push({ hostId, bytes }),
    acceptRest,
    refuseTick,
    refuseForeign(view: TickView): void {
      foreign.add(view.hostId);
      // Not published: it would be shown as the refusal of a host that did nothing.
      refuseTick(view, NOT_ITS_HOST, false);
    },
    /** `received`: of the samples of its ticks. */
    result: (received: number): TalliedRequest => ({
      ...{ ticks, refused, refusals, published, foreign },
      received: received + refusedCounters,
    }),
  };
}
