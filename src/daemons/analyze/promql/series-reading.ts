// The series that selectors of one query choose, read from the store: hosts and metrics first, then points in pieces.
import { MAX_POINTS_AN_ANSWER } from '../../../api/analyze.ts';
import { ExpectedError, messageOf } from '../../../domain/errors.ts';
import { compareBytes } from '../../../domain/names.ts';
import { isRenamed, labelsOf, promqlName } from '../../../domain/promql/series-names.ts';
import { EvaluationError, type LabelMatcher } from '../../../domain/promql/syntax.ts';
import {
  type Grid,
  keyOf,
  type PointSeries,
  type SeriesLabels,
  stepAt,
} from '../../../domain/promql/values.ts';
import type { Labels } from '../../../domain/tick.ts';
import { rawSpanMs } from '../../../store/range-check.ts';
import type { Series, StoredHost, StoreReader } from '../../../store/store.ts';
import type { TextSample } from '../../../wire/openmetrics.ts';
import type { Locations } from '../../locations.ts';
import type { Choices } from './choices.ts';
import { checkDistinct, type InTurns } from './chosen-metrics.ts';
import type { KnownNames } from './known-names.ts';
import { type Chosen, createSelectorChoice, intervalOf } from './selector-choice.ts';

/** Of a query, in all its selectors. */
export const MAX_SAMPLES = MAX_POINTS_AN_ANSWER;
const SAMPLES_AT_ONCE = 100_000;
/** Values that a thread writes within a millisecond or two. */
const MATRIX_POINTS = 12_000;
type NewestSamples = { readonly metric: string; readonly samples: readonly TextSample[] };

type Range = { readonly startMs: number; readonly stopMs: number };

export function createSeriesReading(
  parts: {
    readonly store: StoreReader;
    readonly known: KnownNames;
    readonly choices: Choices;
    readonly locations: Pick<Locations, 'all'>;
  },
  {
    signal,
    pause,
  }: {
    readonly signal: AbortSignal;
    /** A promise when others should have a turn. */
    pause(): Promise<void> | undefined;
  },
) {
  const { store } = parts;
  /** A pattern may be slow, and there may be many that it is tried on. */
  const inTurns: InTurns = async (all, fits) => {
    const found = [];
    for (const one of all) {
      const turn = pause();
      if (turn) await turn;
      if (fits(one)) found.push(one);
    }
    return found;
  };
  const { choose, guess, warnings } = createSelectorChoice({ ...parts, inTurns });
  let left = MAX_SAMPLES;

  async function select(matchers: readonly LabelMatcher[], range: Range): Promise<readonly PointSeries[]> {
    if (range.startMs >= range.stopMs) return [];
    const chosen = await choose(matchers, range.startMs);
    if (!chosen) return [];
    checkDistinct(chosen.metrics);
    const found = createJoined();
    const hostIds = chosen.isAll ? undefined : idsOf(chosen.hosts);
    const pieces = piecesOf(range, chosen.hosts);
    for (const metric of chosen.metrics) {
      for (const piece of pieces) {
        const series = await read({
          metric,
          ...piece,
          labels: chosen.labels,
          ...(hostIds && { hosts: hostIds }),
        });
        for (const one of series) {
          const turn = pause();
          if (turn) await turn;
          if (!chosen.fits(one.labels)) continue;
          found.add(labelsOf(one, chosen.where.get(one.hostId)), withoutEnds(one));
        }
      }
    }
    return found.all();
  }

  /** As `select` evaluated at steps, in bytes; undefined where that is no short way. */
  async function matrix(
    matchers: readonly LabelMatcher[],
    { lookbackMs, ...grid }: Grid & { readonly lookbackMs: number },
  ): Promise<Uint8Array | undefined> {
    const range = { startMs: grid.startMs - lookbackMs + 1, stopMs: stepAt(grid, grid.count - 1) + 1 };
    if (!store.matrix) return undefined;
    const chosen = await choose(matchers, range.startMs);
    if (!chosen) return new Uint8Array(0);
    const { metrics, hosts, labels, isAll, isByLabels, where } = chosen;
    if (metrics.length > 1 || !isByLabels || hosts.length * grid.count > MATRIX_POINTS) return undefined;
    if (piecesOf(range, hosts).length > 1) return undefined;
    signal.throwIfAborted();
    const query = { metric: metrics[0]!, labels, ...range, maxPoints: left, signal };
    const steps = { ...grid, lookbackMs, locations: where };
    try {
      return await store.matrix({ ...query, ...(!isAll && { hosts: idsOf(hosts) }), steps });
    } catch (error) {
      // Too much at once may be little in pieces.
      if (error instanceof ExpectedError && error.code === 'BAD_RANGE') return undefined;
      throw error;
    }
  }

  async function read(
    query: Range & { readonly metric: string; readonly labels: Labels; readonly hosts?: readonly string[] },
  ) {
    signal.throwIfAborted();
    if (left <= 0) throw tooMany();
    try {
      const series = await store.range({ ...query, ends: true, maxPoints: left, signal });
      for (const { timesMs } of series) left -= timesMs.length;
      return series;
    } catch (error) {
      if (error instanceof ExpectedError && error.code === 'BAD_RANGE') throw tooMany(error);
      throw error;
    }
  }

  const latest = createNewest({ store, signal, choose, inTurns });

  return { select, matrix, latest, guess, warnings };
}

/** The newest samples of series, in pieces. */
function createNewest(parts: {
  readonly store: StoreReader;
  readonly signal: AbortSignal;
  readonly choose: ReturnType<typeof createSelectorChoice>['choose'];
  readonly inTurns: InTurns;
}) {
  const { store, signal, choose, inTurns } = parts;

  /** The newest samples of series that one of the selectors chooses: metrics by their names in PromQL, a list for each. */
  async function latest(
    selectors: readonly (readonly LabelMatcher[])[],
    { sinceMs, ended = false }: { readonly sinceMs: number; readonly ended?: boolean },
  ) {
    const all = await Promise.all(selectors.map((matchers) => choose(matchers, sinceMs)));
    const chosen = all.filter((one) => one !== undefined);
    const names = [...new Set(chosen.flatMap(({ metrics }) => metrics))];
    const metrics = names.sort((a, b) => compareBytes(promqlName(a), promqlName(b)));
    return { metrics, samples: samplesOf(chosen, metrics, { sinceMs, ended }) };
  }

  async function* samplesOf(
    chosen: readonly Chosen[],
    metrics: readonly string[],
    since: { readonly sinceMs: number; readonly ended: boolean },
  ): AsyncGenerator<NewestSamples, void, undefined> {
    const hostIds = new Set(chosen.flatMap(({ hosts }) => idsOf(hosts)));
    const choosers = chosen.map((one) => ({ ...one, ids: new Set(idsOf(one.hosts)) }));
    const isAll = chosen.some((one) => one.isAll);
    const atOnce = Math.max(1, Math.floor(SAMPLES_AT_ONCE / hostIds.size));
    for (let at = 0; at < metrics.length; at += atOnce) {
      signal.throwIfAborted();
      const some = metrics.slice(at, at + atOnce);
      const query = { metrics: some, ...since, signal };
      const read = await store.latest(isAll ? query : { ...query, hosts: [...hostIds] });
      const byMetric = Map.groupBy(read, ({ metric }) => metric);
      for (const metric of some) {
        const choosing = choosers.filter((one) => one.metrics.includes(metric));
        const samples = await inTurns(byMetric.get(metric) ?? [], ({ hostId, labels }) =>
          choosing.some(({ ids, fits }) => ids.has(hostId) && fits(labels)),
        );
        const named = samples.map(({ timeMs, value, ...one }) => ({
          ...{ timeMs, value },
          labels: labelsOf(one, chosen[0]!.where.get(one.hostId)),
        }));
        yield { metric, samples: samples.some(({ labels }) => isRenamed(labels)) ? distinct(named) : named };
      }
    }
  }

  return latest;
}

/** Of stored series that come to the same labels the newest sample; of one time the first. */
function distinct(samples: readonly TextSample[]): TextSample[] {
  const found = new Map<string, TextSample>();
  for (const sample of samples) {
    const key = keyOf(sample.labels);
    const before = found.get(key);
    if (!before || before.timeMs < sample.timeMs) found.set(key, sample);
  }
  return [...found.values()];
}

const idsOf = (hosts: readonly StoredHost[]): string[] => hosts.map(({ hostId }) => hostId);

type Points = ReturnType<typeof withoutEnds>;

/** Series, each of the points of its pieces. */
function createJoined() {
  const found = new Map<string, Points & { labels: SeriesLabels }>();
  return {
    add(labels: SeriesLabels, points: Points): void {
      const key = keyOf(labels);
      const before = found.get(key);
      if (!before) {
        found.set(key, { labels, ...points });
        return;
      }
      // Another stored series that has the same labels, as `exported_host` is what `host` becomes: the first stays.
      if (firstMs(points) <= lastMs(before)) return;
      before.ms = before.ms.concat(points.ms);
      before.values = before.values.concat(points.values);
      before.endsMs = before.endsMs.concat(points.endsMs);
    },
    all: (): readonly PointSeries[] => [...found.values()],
  };
}

const firstMs = ({ ms, endsMs }: Points): number =>
  Math.min(ms[0] ?? Number.POSITIVE_INFINITY, endsMs[0] ?? Number.POSITIVE_INFINITY);
const lastMs = ({ ms, endsMs }: Points): number =>
  Math.max(ms.at(-1) ?? Number.NEGATIVE_INFINITY, endsMs.at(-1) ?? Number.NEGATIVE_INFINITY);

const NO_ENDS: number[] = [];

/** A loop: every point of most queries comes by here. */
function hasEnd(values: readonly number[]): boolean {
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i]!)) return true;
  return false;
}

/** Raw points, where the store says NaN for the end of a series. */
function withoutEnds({ timesMs, values }: Pick<Series, 'timesMs' | 'values'>) {
  const [ms, all] = [timesMs as number[], values as number[]];
  if (!hasEnd(all)) return { ms, values: all, endsMs: NO_ENDS };
  const isEnd = (_: number, i: number) => Number.isNaN(all[i]!);
  const isPoint = (_: number, i: number) => !Number.isNaN(all[i]!);
  return { ms: ms.filter(isPoint), values: all.filter(isPoint), endsMs: ms.filter(isEnd) };
}

/** Raw answers of the store are limited a series. */
function piecesOf({ startMs, stopMs }: Range, hosts: Iterable<StoredHost>): Range[] {
  let densest = Number.POSITIVE_INFINITY;
  for (const host of hosts) densest = Math.min(densest, intervalOf(host));
  const lengthMs = rawSpanMs(densest);
  const pieces: Range[] = [];
  for (let from = startMs; from < stopMs; from += lengthMs)
    pieces.push({ startMs: from, stopMs: Math.min(stopMs, from + lengthMs) });
  return pieces;
}

const tooMany = (cause?: unknown): EvaluationError =>
  new EvaluationError(
    `query processing would load too many samples into memory: the limit is ${MAX_SAMPLES}${cause ? ` (${messageOf(cause)})` : ''}`,
    'Ask for a shorter range, or with matchers that leave fewer series.',
  );
