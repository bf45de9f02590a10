// The seed's HTTP interface of analyze, to the letter: FindRecordsByLocation.
import { z } from 'zod';
import { canonicalMetric, seedMetric } from '../../domain/metric-kinds.ts';
import type { AnalyzeService } from '../analyze.ts';
import { describeRoute, readRequest } from '../http/request.ts';
import type { HttpRoutes } from '../http/server.ts';
import { answerFailuresAsSeed } from './failures.ts';
import { seedRange } from './seconds.ts';

const SECONDS = 'Seconds since the epoch';
const inText = z
  .string()
  .regex(/^-?\d+(\.\d+)?$/, `must be ${SECONDS.toLowerCase()}`)
  .transform(Number);
const names = {
  location: z.string(),
  metrics_type: z.string().describe('CPU_Rate, Mem_Rate, or a name of minimon'),
};
const query = z.strictObject({
  ...names,
  start: inText.optional().describe(`${SECONDS}, inside the range; an hour before stop unless told`),
  stop: inText.optional().describe(`${SECONDS}, outside the range; now unless told`),
});
const body = z.strictObject({
  ...names,
  start: z.number().optional().describe(SECONDS),
  stop: z.number().optional().describe(SECONDS),
});
const answer = z.array(
  z.strictObject({
    host_id: z.string(),
    metrics_type: z.string(),
    metrics_value: z.array(z.number()),
    time_stamp: z.array(z.int()).describe('Whole seconds since the epoch'),
  }),
);
const failure = z.strictObject({ CODE: z.int(), MSG: z.string(), DATA: z.null() });

export function analyzeSeedRoutes(service: AnalyzeService, nowMs: () => number = Date.now): HttpRoutes {
  async function find({ location, metrics_type, start, stop }: z.output<typeof body>) {
    const metric = canonicalMetric(metrics_type);
    const range = seedRange({ start, stop }, nowMs());
    const records = await service.findRecordsByLocation({ location, metric, ...range });
    return records.map(({ hostId, timesMs, values }) => ({
      host_id: hostId,
      metrics_type: seedMetric(metric),
      metrics_value: values,
      time_stamp: timesMs.map((timeMs) => Math.floor(timeMs / 1000)),
    }));
  }
  const described = { summary: 'Seed: raw points of one metric in a room', answer, failure };
  return (app) => {
    answerFailuresAsSeed(app);
    app.get(
      '/FindRecordsByLocation',
      { schema: describeRoute({ ...described, querystring: query }) },
      (request) => find(readRequest(query, request.query)),
    );
    app.post('/FindRecordsByLocation', { schema: describeRoute({ ...described, body }) }, (request) =>
      find(readRequest(body, request.body)),
    );
  };
}
