// /api/v1 on analyze: records, latest values, hosts that report. POST takes what is too long for a URL.
import type { z } from 'zod';
import { ExpectedError } from '../../domain/errors.ts';
import { REPORTS_WITHIN_MS } from '../../domain/tick.ts';
import type { AnalyzeService, LatestRequest, RangeRequest } from '../analyze.ts';
import { present } from '../present.ts';
import { latestToJson, rangeToJson, reportingToJson } from './analyze-codec.ts';
import * as schemas from './analyze-schemas.ts';
import { fromOptionalInstant } from './instants.ts';
import { describeRoute, readRequest } from './request.ts';
import type { HttpRoutes } from './server.ts';

const HOUR_MS = 3_600_000;

export function analyzeRoutes(service: AnalyzeService, nowMs: () => number = Date.now): HttpRoutes {
  const rangeOf = (body: z.output<typeof schemas.recordsBody>): RangeRequest => {
    const stopMs = fromOptionalInstant(body.stop_at, 'stop_at') ?? nowMs();
    const { metric, location, hosts, labels, step_ms: stepMs, aggregate } = body;
    return {
      metric,
      startMs: fromOptionalInstant(body.start_at, 'start_at') ?? stopMs - HOUR_MS,
      stopMs,
      ...present({ location, hosts, labels, stepMs, aggregate }),
    };
  };
  const sinceOf = (sinceAt: string | undefined) =>
    fromOptionalInstant(sinceAt, 'since_at') ?? nowMs() - REPORTS_WITHIN_MS;
  const latestOf = ({
    metrics,
    location,
    hosts,
    since_at,
  }: z.output<typeof schemas.latestBody>): LatestRequest => ({
    ...present({ metrics, location, hosts }),
    sinceMs: sinceOf(since_at),
  });

  return (app) => {
    const records = { summary: 'Series of one metric in a range', answer: schemas.recordsAnswer };
    app.get(
      '/api/v1/records',
      { schema: describeRoute({ ...records, querystring: schemas.recordsQuery }) },
      async (request) => {
        const { host, label, ...rest } = readRequest(schemas.recordsQuery, request.query);
        const body = { ...rest, hosts: host, labels: label && labelsOf(label) };
        return rangeToJson(await service.queryRange(rangeOf(body)));
      },
    );
    app.post(
      '/api/v1/records',
      { schema: describeRoute({ ...records, body: schemas.recordsBody }) },
      async (request) =>
        rangeToJson(await service.queryRange(rangeOf(readRequest(schemas.recordsBody, request.body)))),
    );

    const latest = { summary: 'The newest sample of each series', answer: schemas.latestAnswer };
    app.get(
      '/api/v1/latest',
      { schema: describeRoute({ ...latest, querystring: schemas.latestQuery }) },
      async (request) => {
        const { host, metric, ...rest } = readRequest(schemas.latestQuery, request.query);
        return latestToJson(await service.queryLatest(latestOf({ ...rest, hosts: host, metrics: metric })));
      },
    );
    app.post(
      '/api/v1/latest',
      { schema: describeRoute({ ...latest, body: schemas.latestBody }) },
      async (request) =>
        latestToJson(await service.queryLatest(latestOf(readRequest(schemas.latestBody, request.body)))),
    );

    app.get(
      '/api/v1/hosts/reporting',
      {
        schema: describeRoute({
          summary: 'Hosts with a tick since a time, in byte order of their ids',
          querystring: schemas.reportingQuery,
          answer: schemas.reportingAnswer,
        }),
      },
      async (request) => {
        const { since_at, limit, cursor } = readRequest(schemas.reportingQuery, request.query);
        const page = { sinceMs: sinceOf(since_at), ...present({ limit, cursor }) };
        return reportingToJson(await service.listReportingHosts(page));
      },
    );
  };
}

/** `mount=/var` and the like; a value may hold `=` itself. */
function labelsOf(pairs: readonly string[]): Record<string, string> {
  const entries = pairs.map((pair) => {
    const cut = pair.indexOf('=');
    if (cut > 0) return [pair.slice(0, cut), pair.slice(cut + 1)] as const;
    throw new ExpectedError('BAD_REQUEST', `label ${JSON.stringify(pair)} is not of the form name=value`, {
      hint: 'Write it like label=mount=/var.',
    });
  });
  return Object.fromEntries(entries);
}
