// Ingests InfluxDB line protocol: host, time and minimon metrics of each line.
import { isUtf8 } from 'node:buffer';
import { type LineBody, type Precision, PUSH_LIMITS, type PushService } from '../../../api/push.ts';
import type { ReportService } from '../../../api/report.ts';
import { ExpectedError } from '../../../domain/errors.ts';
import { formatInstant } from '../../../domain/instant.ts';
import { readLines } from '../../../domain/line-protocol.ts';
import type { Clock } from '../../../runtime/clock.ts';
import type { Metrics } from '../../../runtime/metrics.ts';
import { type LineReading, readKnownLines } from '../../../wire/known-lines.ts';
import { createTickWriters } from '../../../wire/tick-columns.ts';
import { createForeignTicks, isPlausible } from './foreign-ticks.ts';
import type { Keep } from './kept-series.ts';
import { createPlans, type LinePlan } from './line-plan.ts';

/** How many decimal digits a millisecond has in the unit, or how many milliseconds the unit has. */
const DIGITS: Readonly<Partial<Record<Precision, number>>> = { ns: 6, us: 3 };
const UNIT_MS: Readonly<Partial<Record<Precision, number>>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

export function createPushService(parts: {
  readonly report: ReportService['report'];
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly keep: Keep;
}): PushService {
  const { report, clock, metrics, keep } = parts;
  const leftOut = metrics.counter(
    'push_fields_not_kept_total',
    'Fields of line protocol that were not stored: no metric of minimon, and not in report.push_keep',
  );
  const refusedTotal = metrics.counter(
    'push_refused_total',
    'Lines and samples of other agents that were rejected, with the reason in the answer',
  );

  const plansOf = createPlans(keep);
  const writers = createTickWriters();

  return {
    async lineProtocol({ body, precision, client }) {
      const plans = plansOf(client.startsWith('Telegraf/') ? 'telegraf' : 'influx');
      const ticks = createForeignTicks(writers);
      const nowMs = clock.nowMs();
      let fields = 0;
      let notKept = 0;
      const take = (plan: LinePlan, values: readonly number[], sentMs: number | undefined) => {
        fields += values.length;
        if (fields > PUSH_LIMITS.samples) throw tooManySamples();
        const timeMs = sentMs ?? nowMs;
        if (plan.error !== undefined) ticks.refuse(plan.error);
        else if (!isPlausible(timeMs)) ticks.refuse(wrongPrecision(timeMs, precision));
        else {
          plan.add(ticks, timeMs, values);
          notKept += plan.notKept;
        }
      };
      const unitMs = UNIT_MS[precision] ?? 1;
      readBody(
        body,
        {
          known: plans.known,
          keep: plans.make,
          bytesOf: ({ bytes }) => bytes,
          timeDigits: DIGITS[precision] ?? 0,
          onKnown: (plan, values, time) => take(plan, values, time === undefined ? undefined : time * unitMs),
          onLine: (line) =>
            take(
              plans.make(line),
              [...line.fields.values()],
              line.time === undefined ? undefined : timeOf(line.time, precision),
            ),
          onMalformed: ({ line, reason }) => ticks.refuse(`line ${line}: ${reason}`),
        },
        ticks.refuse,
      );
      const answer = await ticks.report({ report });
      // Counted once the client will not send it again.
      leftOut.add(notKept);
      refusedTotal.add(answer.refused);
      return answer;
    },
  };
}

function readBody(
  body: LineBody['body'],
  reading: LineReading<LinePlan>,
  refuse: (reason: string) => void,
): void {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (isUtf8(bytes)) readKnownLines(bytes, reading);
  else readLines(withoutInvalid(bytes, refuse), reading.onLine, reading.onMalformed);
}

/** The lines that are UTF-8; an empty one in place of each other, so that their numbers stay. */
function withoutInvalid(bytes: Buffer, refuse: (reason: string) => void): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const found = bytes.indexOf(10, at);
    const end = found < 0 ? bytes.length : found;
    const line = bytes.subarray(at, end);
    const isText = isUtf8(line);
    if (!isText) refuse(`line ${lines.length + 1} is not valid UTF-8`);
    lines.push(isText ? line.toString() : '');
    at = end + 1;
  }
  return lines.join('\n');
}

/** Exact: of nanoseconds as a number, a third would be a millisecond early. */
function timeOf(time: string, precision: Precision): number {
  const digits = DIGITS[precision];
  return digits === undefined ? Number(time) * UNIT_MS[precision]! : Number(time.slice(0, -digits)) || 0;
}

function wrongPrecision(timeMs: number, precision: Precision): string {
  return `time ${formatInstant(timeMs)} was understood with precision=${precision}: is the precision wrong?`;
}

const tooManySamples = () =>
  new ExpectedError('TOO_LARGE', `the request has over ${PUSH_LIMITS.samples} samples, the limit`, {
    hint: 'Send it in several requests (metric_batch_size in Telegraf).',
  });
