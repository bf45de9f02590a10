// Prometheus' HTTP API for Grafana's data source and promtool: docs/promql.md lists what is served.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { formatDuration } from '../../domain/duration.ts';
import { compareBytes } from '../../domain/names.ts';
import type { SeriesLabels } from '../../domain/promql/values.ts';
import { CONTENT_TYPES, ENDS } from '../../wire/openmetrics.ts';
import { MAX_POINTS_AN_ANSWER } from '../analyze.ts';
import type { HttpRoutes } from '../http/fastify.ts';
import { leaving, sendList } from '../http/send-list.ts';
import { type AlertingSource, alertsData, rulesData } from './alerting.ts';
import { answerFailures } from './failures.ts';
import { federationText, formWanted } from './federation.ts';
import { answerJson, matrixJson, type PromqlJson, TRUNCATED } from './json.ts';
import {
  durationOf,
  gridOf,
  invalid,
  labelInPath,
  limitOf,
  type Parameters,
  parametersOf,
  required,
  timeOf,
} from './parameters.ts';
import { PROMQL_DEFAULTS, type PromqlService, type Remarks } from './service.ts';

const PREFIXES = ['/api/v1', '/prometheus/api/v1'] as const;
const NO_REMARKS: Remarks = { warnings: [], infos: [] };

/** Each is asked of every host: a form has room for tens of thousands. */
const MAX_SELECTORS = 100;

// Prometheus' status endpoints: version, flags, and empty lists for what a scraping server would have.
/** What clients learn our abilities from; without `features` Grafana takes us for a plain Prometheus. */
const BUILD = { version: '3.0.0', revision: '', branch: '', buildUser: '', buildDate: '', goVersion: '' };
/** Those that say how queries are answered. */
const FLAGS = {
  'query.lookback-delta': formatDuration(PROMQL_DEFAULTS.lookbackMs),
  'query.max-samples': String(MAX_POINTS_AN_ANSWER),
  'query.timeout': formatDuration(PROMQL_DEFAULTS.timeoutMs),
  'web.enable-remote-write-receiver': 'false',
};

/** By path. minimon has no scrape targets and no Alertmanagers here: these lists and the configuration are empty. */
const STATUS: Readonly<Record<string, unknown>> = {
  '/status/buildinfo': BUILD,
  '/status/flags': FLAGS,
  '/status/config': { yaml: '' },
  '/targets': { activeTargets: [], droppedTargets: [], droppedTargetCounts: {} },
  '/targets/metadata': [],
  '/scrape_pools': { scrapePools: [] },
  '/alertmanagers': { activeAlertmanagers: [], droppedAlertmanagers: [] },
};

type Handler = (from: Parameters, reply: FastifyReply, name: string) => Promise<unknown>;

type RouteParts = {
  readonly service: PromqlService;
  readonly alerting: AlertingSource;
  readonly nowMs: () => number;
};

/** What a query is now and over a range, and how it is written. */
function queryHandlers({ service, nowMs }: RouteParts) {
  const instant: Handler = async (from, reply) => {
    const query = {
      ...{ startMs: timeOf(from, 'time') ?? nowMs(), stepMs: 1, count: 1 },
      ...{ expression: required(from, 'query'), lookbackMs: durationOf(from, 'lookback_delta') },
      timeoutMs: durationOf(from, 'timeout'),
    };
    const limit = limitOf(from);
    return sendJson(reply, answerJson(await service.query(query, leaving(reply)), false, limit));
  };

  const range: Handler = async (from, reply) => {
    const query = {
      ...{ ...gridOf(from), expression: required(from, 'query') },
      ...{ lookbackMs: durationOf(from, 'lookback_delta'), timeoutMs: durationOf(from, 'timeout') },
    };
    const [limit, signal] = [limitOf(from), leaving(reply)];
    // Byte answers are not counted by series.
    const answer = await (limit === undefined ? service.range : service.query)(query, signal);
    return sendJson(reply, 'elements' in answer ? matrixJson(answer) : answerJson(answer, true, limit));
  };

  const format: Handler = async (from) => success(service.parse(required(from, 'query')).formatted);
  const tree: Handler = async (from) => success(service.parse(required(from, 'query')).tree);
  return { instant, range, format, tree };
}

/** Which series there are, what is known of their metrics, and their newest samples. */
function seriesHandlers({ service }: RouteParts) {
  function seriesOf(from: Parameters, reply: FastifyReply) {
    const selectors = selectorsOf(from, service);
    timeOf(from, 'end');
    return service.series({ selectors, startMs: timeOf(from, 'start') ?? 0 }, leaving(reply));
  }

  const series: Handler = async (from, reply) => {
    required(from, 'match[]');
    const found = await seriesOf(from, reply);
    return limited(found.series, limitOf(from), found);
  };

  const labels: Handler = async (from, reply) => {
    const found = await seriesOf(from, reply);
    return limited(sorted(found.series.flatMap((one) => Object.keys(one))), limitOf(from), found);
  };

  const labelValues: Handler = async (from, reply, escaped) => {
    const name = labelInPath(escaped);
    const found = await seriesOf(from, reply);
    const values = sorted(found.series.flatMap((one: SeriesLabels) => one[name] ?? []));
    return limited(values, limitOf(from), found);
  };

  const metadata: Handler = async (from) => {
    const [metric, limit] = [from.one('metric'), limitOf(from)];
    const all = [...(await service.metadata())].filter(([name]) => metric === undefined || name === metric);
    return success(Object.fromEntries(all.slice(0, limit).map(([name, one]) => [name, [one]])));
  };

  const federate: Handler = async (from, reply) => {
    required(from, 'match[]');
    const form = formWanted(reply.request.headers.accept);
    const families = await service.latest(selectorsOf(from, service), leaving(reply));
    await sendList(reply, ['', ENDS[form]], federationText(families, form), CONTENT_TYPES[form]);
    return reply;
  };

  return { series, labels, labelValues, metadata, federate };
}

function alertingHandlers({ service, alerting }: RouteParts) {
  const alerts: Handler = async () => {
    const { data, warnings } = await alertsData(alerting);
    return success(data, { warnings, infos: [] });
  };

  const rules: Handler = async (from) => {
    const type = from.one('type');
    if (type !== undefined && type !== 'alert' && type !== 'record')
      throw invalid('type', `not supported value ${JSON.stringify(type)}`);
    // Nothing is recorded: there is no rule of that type.
    if (type === 'record') return success({ groups: [] });
    const { data, warnings } = await rulesData(alerting, {
      ...{ names: from.all('rule_name[]'), groups: from.all('rule_group[]') },
      withAlerts: from.one('exclude_alerts') !== 'true',
      selectors: selectorsOf(from, service),
    });
    return success(data, { warnings, infos: [] });
  };

  return { alerts, rules };
}

function selectorsOf(from: Parameters, service: PromqlService) {
  const all = from.all('match[]');
  if (all.length > MAX_SELECTORS)
    throw invalid('match[]', `${all.length} selectors are over the limit of ${MAX_SELECTORS}`);
  return all.map((text) => service.parseSelector(text));
}

export function prometheusRoutes(parts: RouteParts): HttpRoutes {
  const { instant, range, format, tree } = queryHandlers(parts);
  const { series, labels, labelValues, metadata, federate } = seriesHandlers(parts);
  const { alerts, rules } = alertingHandlers(parts);
  return (app) => {
    answerFailures(app);
    readForms(app);
    app.get('/-/healthy', OPEN, () => 'minimon analyze is healthy.\n');
    app.get('/-/ready', OPEN, () => 'minimon analyze is ready.\n');
    const route = (url: string, handler: Handler, method: ('GET' | 'POST')[]) =>
      app.route({
        ...{ method, url, ...READ },
        handler: (request: FastifyRequest, reply) =>
          handler(
            parametersOf(request.query, request.body),
            reply,
            (request.params as { name?: string }).name ?? '',
          ),
      });
    for (const url of ['/federate', '/prometheus/federate']) route(url, federate, ['GET']);
    for (const prefix of PREFIXES) {
      const add = (path: string, handler: Handler, methods: ('GET' | 'POST')[] = ['GET', 'POST']) =>
        route(`${prefix}${path}`, handler, methods);
      add('/query', instant);
      add('/query_range', range);
      add('/series', series);
      add('/labels', labels);
      add('/label/:name/values', labelValues, ['GET']);
      add('/metadata', metadata, ['GET']);
      add('/rules', rules, ['GET']);
      add('/alerts', alerts, ['GET']);
      add('/format_query', format);
      add('/parse_query', tree);
      add('/query_exemplars', async () => success([]));
      for (const [path, data] of Object.entries(STATUS)) add(path, async () => success(data), ['GET']);
    }
  };
}

const OPEN = { schema: { hide: true }, config: { access: 'open' } } as const;
const READ = { ...OPEN, config: { access: 'read' } } as const;

/** As Prometheus' clients send them where a query is long. */
function readForms(app: FastifyInstance): void {
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => {
      const found: Record<string, string[]> = Object.create(null);
      for (const [name, value] of new URLSearchParams(body as string)) (found[name] ??= []).push(value);
      done(null, found);
    },
  );
  // vmalert says so of an empty body, with all parameters in the URL; Prometheus reads no body but a form's.
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, _body, done) => {
    done(null, undefined);
  });
}

const sorted = (names: readonly string[]): string[] => [...new Set(names)].sort(compareBytes);

const success = (data: unknown, { warnings, infos }: Remarks = NO_REMARKS) => ({
  ...{ status: 'success', data },
  ...(warnings.length > 0 && { warnings }),
  ...(infos.length > 0 && { infos }),
});

function limited(all: readonly unknown[], limit: number | undefined, remarks: Remarks) {
  if (limit === undefined || all.length <= limit) return success(all, remarks);
  return success(all.slice(0, limit), { ...remarks, warnings: [...remarks.warnings, TRUNCATED] });
}

async function sendJson(reply: FastifyReply, { before, elements, after }: PromqlJson): Promise<FastifyReply> {
  await sendList(reply, [before, after], elements);
  return reply;
}
