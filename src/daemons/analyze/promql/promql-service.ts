// Queries in PromQL: parsed and checked before anything is read, admitted like every query, evaluated in short turns.
import type {
  PromqlAnswer,
  PromqlMatrix,
  PromqlQuery,
  PromqlService,
  SampleFamily,
} from '../../../api/prometheus/service.ts';
import { PROMQL_DEFAULTS } from '../../../api/prometheus/service.ts';
import { ExpectedError } from '../../../domain/errors.ts';
import { checkPromql } from '../../../domain/promql/check.ts';
import { evaluate } from '../../../domain/promql/evaluate.ts';
import { formatQuery } from '../../../domain/promql/format-query.ts';
import { queryTree } from '../../../domain/promql/query-tree.ts';
import { type MetricMetadata, metadataOf, promqlName } from '../../../domain/promql/series-names.ts';
import { type Expr, partsOf, promqlError, type VectorSelector } from '../../../domain/promql/syntax.ts';
import { keyOf, type SeriesLabels, stepAt } from '../../../domain/promql/values.ts';
import { createChildSignal } from '../../../runtime/child-signal.ts';
import type { Clock } from '../../../runtime/clock.ts';
import { createTurns } from '../../../runtime/turns.ts';
import type { StoreReader } from '../../../store/store.ts';
import type { Locations } from '../../locations.ts';
import { type Admission, paced } from '../admission.ts';
import { createChoices } from './choices.ts';
import { checkDistinct } from './chosen-metrics.ts';
import { createKnownNames } from './known-names.ts';
import { parsePromql, parseWithForm } from './parse.ts';
import { createParsedQueries } from './parsed-queries.ts';
import { createSeriesReading, MAX_SAMPLES } from './series-reading.ts';

type PromqlParts = {
  readonly store: StoreReader;
  readonly locations: Pick<Locations, 'all'>;
  readonly clock: Clock;
  readonly admission: Admission;
  /** Why answers may lack samples for now, in words. */
  readonly replaying?: (() => string | undefined) | undefined;
};

type CheckedQuery = ReturnType<ReturnType<typeof createParsedQueries>>;
type Entered = Awaited<ReturnType<ReturnType<typeof createEntries>['enter']>>;

export function createPromqlService(parts: PromqlParts): PromqlService {
  const { clock, replaying } = parts;
  const { enter, admitted } = createEntries(parts);
  const parse = createParsedQueries();

  const incomplete = () => {
    const why = replaying?.();
    return why === undefined ? [] : [why];
  };

  function check({ expression }: PromqlQuery): CheckedQuery {
    const checked = parse(expression);
    if (checked.type !== 'range vector') return checked;
    throw promqlError(
      'a range vector has no value of its own',
      expression,
      0,
      'Give it to a function, such as rate(x[5m]).',
    );
  }

  async function evaluated(
    query: PromqlQuery,
    { expr, remarks }: CheckedQuery,
    { reading, reserve, pause }: Entered,
  ): Promise<PromqlAnswer> {
    const { lookbackMs = PROMQL_DEFAULTS.lookbackMs } = query;
    let points = 0;
    for (const { selector, lengthMs } of selectorsOf(expr, query, lookbackMs))
      points += await reading.guess(selector.matchers, lengthMs);
    await reserve(Math.min(points, MAX_SAMPLES));
    const { select } = reading;
    const value = await evaluate(expr, { ...query, lookbackMs }, { select, pause });
    return { value, grid: query, warnings: [...reading.warnings, ...incomplete()], infos: remarks };
  }

  /** Of a selector alone; undefined where there is no short way. */
  async function matrix(
    { lookbackMs = PROMQL_DEFAULTS.lookbackMs, startMs, stepMs, count }: PromqlQuery,
    { expr, remarks }: CheckedQuery,
    { reading }: Entered,
  ): Promise<PromqlMatrix | undefined> {
    if (expr.kind !== 'vector' || expr.timing.offsetMs !== 0 || expr.timing.at !== undefined)
      return undefined;
    const elements = await reading.matrix(expr.matchers, { startMs, stepMs, count, lookbackMs });
    return elements && { elements, warnings: [...reading.warnings, ...incomplete()], infos: remarks };
  }

  return {
    async query(query, signal) {
      const checked = check(query);
      return admitted(signal, (turn) => evaluated(query, checked, turn), query.timeoutMs);
    },

    async range(query, signal) {
      const checked = check(query);
      return admitted(
        signal,
        async (turn) => (await matrix(query, checked, turn)) ?? evaluated(query, checked, turn),
        query.timeoutMs,
      );
    },

    parse(expression) {
      const { expr, form } = parseWithForm(expression);
      checkPromql(expr, expression);
      const parsed = queryTree(expr, form);
      return { tree: parsed.tree, formatted: formatQuery(parsed) };
    },

    parseSelector(text) {
      const expr = parsePromql(text);
      checkPromql(expr, text);
      if (expr.kind === 'vector') return expr.matchers;
      throw promqlError('expected a series selector', text, 0, 'Write up{host="a"}.');
    },

    series: ({ selectors, startMs }, signal) =>
      admitted(signal, async ({ reading }) => {
        const found = new Map<string, SeriesLabels>();
        const newest = await reading.latest(selectors.length === 0 ? [[]] : selectors, {
          sinceMs: startMs,
          ended: true,
        });
        for await (const { samples } of newest.samples)
          for (const { labels } of samples) found.set(keyOf(labels), labels);
        return { series: [...found.values()], warnings: [...reading.warnings, ...incomplete()], infos: [] };
      }),

    async latest(selectors, client) {
      const { turn, reading, signal, leave } = await enter(client);
      // Also where nobody comes for the families.
      signal.addEventListener('abort', leave, { once: true });
      try {
        // Without their locations they would be other series.
        await parts.locations.all();
        const { metrics, samples } = await reading.latest(selectors, {
          sinceMs: clock.nowMs() - PROMQL_DEFAULTS.lookbackMs,
        });
        checkDistinct(metrics);
        return paced(familiesOf(samples), { turn, signal, done: leave });
      } catch (error) {
        leave();
        throw error;
      }
    },

    async metadata() {
      const found = new Map<string, MetricMetadata>();
      for (const metric of await parts.store.metrics({ sinceMs: 0 }))
        found.set(promqlName(metric), metadataOf(metric));
      return found;
    },
  };
}

/** Queries enter one by one, and read what they may. */
function createEntries(parts: PromqlParts) {
  const known = createKnownNames(parts);
  const choices = createChoices();

  /** A turn, and a signal that aborts with the client's until the turn is over. */
  async function enter(client: AbortSignal, timeoutMs: number = PROMQL_DEFAULTS.timeoutMs) {
    const turn = await parts.admission.enter(client);
    const given = createChildSignal(client);
    const { signal, abort } = given;
    const leave = () => {
      given.release();
      turn.leave();
    };
    const reserve = (points: number) => turn.reserve(points, signal);
    const pause = createPause({ clock: parts.clock, timeoutMs, signal });
    const reading = createSeriesReading({ ...parts, known, choices }, { signal, pause });
    return { turn, reading, reserve, pause, signal, abort, leave };
  }

  async function admitted<T>(
    client: AbortSignal,
    work: (entered: Entered) => Promise<T>,
    wantedMs: number = PROMQL_DEFAULTS.timeoutMs,
  ): Promise<T> {
    const timeoutMs = Math.min(wantedMs, PROMQL_DEFAULTS.timeoutMs);
    const entered = await enter(client, timeoutMs);
    const done = new AbortController();
    // Also while the store reads.
    parts.clock.sleep(timeoutMs, done.signal).then(
      () => entered.abort(timedOut(timeoutMs)),
      () => {},
    );
    try {
      return await work(entered);
    } catch (error) {
      // As the one that it is, whatever the store made of it.
      entered.signal.throwIfAborted();
      throw error;
    } finally {
      done.abort();
      entered.leave();
    }
  }

  return { enter, admitted };
}

const timedOut = (timeoutMs: number): ExpectedError =>
  new ExpectedError('TIMEOUT', `query timed out after ${timeoutMs / 1_000} s`, {
    hint: 'Ask for a shorter range, or with matchers that leave fewer series.',
  });

/** Ends a turn when it is due; throws when the client left or the time is over. */
function createPause({
  clock,
  timeoutMs,
  signal,
}: {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}) {
  const deadlineMs = clock.monotonicMs() + timeoutMs;
  const turn = createTurns(clock);
  return (): Promise<void> | undefined => {
    const othersTurn = turn();
    if (othersTurn === undefined) return undefined;
    if (clock.monotonicMs() > deadlineMs) throw timedOut(timeoutMs);
    return othersTurn.then(() => signal.throwIfAborted());
  };
}

async function* familiesOf(
  read: AsyncIterable<{ readonly metric: string; readonly samples: SampleFamily['samples'] }>,
): AsyncGenerator<SampleFamily, void, undefined> {
  for await (const { metric, samples } of read)
    if (samples.length > 0) yield { name: promqlName(metric), metadata: metadataOf(metric), samples };
}

/** Each selector, and how long a stretch of it is read. */
function selectorsOf(expr: Expr, query: PromqlQuery, lookbackMs: number) {
  const found: { readonly selector: VectorSelector; readonly lengthMs: number }[] = [];
  const visit = (of: Expr, lengthMs: number): void => {
    if (of.kind === 'vector') found.push({ selector: of, lengthMs: lengthMs + lookbackMs });
    else if (of.kind === 'range') found.push({ selector: of.of, lengthMs: lengthMs + of.rangeMs });
    else for (const part of partsOf(of)) visit(part, lengthMs + (of.kind === 'subquery' ? of.rangeMs : 0));
  };
  visit(expr, stepAt(query, query.count - 1) - query.startMs);
  return found;
}
