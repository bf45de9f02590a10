// Answers for listeners, serialized to bytes in the reader thread, so that the main loop never holds them as objects.
import type { AnalyzeInBytes, LatestRequest } from '../../api/analyze.ts';
import { type BytesFor, gather, type ListInBytes } from '../../api/in-bytes.ts';
import { createChildSignal } from '../../runtime/child-signal.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { EncodedQuery, StoreReader } from '../../store/store.ts';
import type { Locations } from '../locations.ts';
import { type Admission, paced } from './admission.ts';
import { createQuestions, withoutStep } from './question.ts';
import { createWatches, WATCH_EVERY_MS } from './watches.ts';

/** A gRPC answer is one message, put together and copied on the main loop. */
const MAX_POINTS_A_MESSAGE = 1_000_000;

export function createAnswersInBytes(parts: {
  readonly store: StoreReader;
  readonly locations: Locations;
  readonly clock: Clock;
  readonly admission: Admission;
  readonly replaying?: (() => string | undefined) | undefined;
}): AnalyzeInBytes {
  const { clock } = parts;
  const elementsOf = createElements(parts);
  const questions = createQuestions(parts);
  const openWatch = createWatches();

  const limited = <Query extends { readonly maxPoints?: number }>(query: Query, { wire }: BytesFor): Query =>
    wire === 'json' ? query : { ...query, maxPoints: MAX_POINTS_A_MESSAGE };

  async function queryLatest(request: LatestRequest, to: BytesFor) {
    const { query, named, warnings } = await questions.latest(request);
    const check = { hosts: named, metrics: query.metrics ?? [] };
    const { elements, missing } = await elementsOf(
      { ...limited(query, to), kind: 'latest', wire: to.wire, check },
      to,
      async (absent) => {
        await questions.checkKnownHosts(absent.hosts);
        return questions.checkKnownMetrics(absent.metrics);
      },
    );
    return { rest: { nowMs: clock.nowMs(), warnings: [...warnings, ...missing] }, elements };
  }

  return {
    async queryRange(request, to) {
      const { query, named, warnings } = await questions.range(request);
      const check = { hosts: named, metrics: [query.metric] };
      const { elements, missing } = await elementsOf(
        { ...limited(query, to), kind: 'series', wire: to.wire, check },
        to,
        async (absent) => {
          await questions.checkKnownHosts(absent.hosts);
          return questions.checkKnownMetrics(absent.metrics);
        },
      );
      const { startMs, stopMs, stepMs } = query;
      const rest = {
        ...{ startMs, stopMs },
        ...(stepMs !== undefined && { stepMs }),
        warnings: [...warnings, ...missing],
      };
      return { rest, elements };
    },

    queryLatest,

    async *watchLatest(request, to) {
      const close = openWatch();
      let shown: Buffer | undefined;
      try {
        while (!to.signal.aborted) {
          const nextMs = clock.nowMs() + WATCH_EVERY_MS;
          const { rest, elements } = await queryLatest(request, to);
          const all = Buffer.concat(await gather(elements));
          if (to.signal.aborted) return;
          const seen = Buffer.concat([Buffer.from(JSON.stringify(rest.warnings)), all]);
          if (!shown?.equals(seen)) yield { rest, elements: all };
          shown = seen;
          await clock.sleepUntil(nextMs, to.signal);
        }
      } catch (error) {
        if (!to.signal.aborted) throw error;
      } finally {
        close();
      }
    },

    async findRecordsByLocation(request, to) {
      const { query } = await questions.range(request);
      const { elements } = await elementsOf(
        {
          ...limited(query, to),
          ...{ kind: 'record', wire: to.wire, check: { hosts: [], metrics: [query.metric] } },
        },
        to,
        ({ metrics }) => questions.checkKnownMetrics(metrics),
      ).catch((error) => Promise.reject(withoutStep(error)));
      return { rest: {}, elements };
    },
  };
}

/** What of an answer comes from the store, once it is admitted. */
function createElements({
  store,
  admission,
}: {
  readonly store: StoreReader;
  readonly admission: Admission;
}) {
  /** The elements; names that the answer lacks are checked before any of it is sent. */
  async function elementsOf(
    query: EncodedQuery,
    to: BytesFor,
    check: (absent: EncodedQuery['check']) => Promise<readonly string[]>,
  ): Promise<{ readonly elements: ListInBytes['elements']; readonly missing: readonly string[] }> {
    const given = createChildSignal(to.signal);
    const { signal } = given;
    const turn = await admission.enter(signal).catch((error) => {
      given.release();
      throw error;
    });
    const leave = () => turn.leave();
    // Also where nobody comes for the pieces.
    signal.addEventListener('abort', leave, { once: true });
    const done = () => {
      given.release();
      leave();
    };
    try {
      if (query.hosts?.length === 0) {
        const missing = await check(query.check);
        done();
        return { elements: new Uint8Array(0), missing };
      }
      const answer = await store.encoded({ ...query, signal });
      const missing = await check(answer.absent);
      if ('whole' in answer) {
        done();
        return { elements: answer.whole, missing };
      }
      await turn.reserve(answer.points, signal);
      return { elements: paced(answer.pieces, { turn, signal, done }), missing };
    } catch (error) {
      // The store may wait for somebody to take the first piece.
      given.abort(error);
      done();
      throw error;
    }
  }

  return elementsOf;
}
