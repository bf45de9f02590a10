// Manage and analyze over plain arrays, with every call recorded: what the commands are run against in this process.
import { once } from 'node:events';
import type { AnalyzeService } from '../../src/api/analyze.ts';
import { type Host, type ManageClient, manageApi, type UnmanagedHost } from '../../src/api/manage.ts';
import type { AssignOutcome } from '../../src/catalog/catalog.ts';
import { didYouMean } from '../../src/domain/did-you-mean.ts';
import { ExpectedError } from '../../src/domain/errors.ts';
import { NOW } from '../terminal/screens.ts';

/** Of a service that no command of the tests asks: a call that is not answered below fails the command. */
const refusing = (api: typeof manageApi): ManageClient =>
  Object.fromEntries(
    Object.keys(api.calls).map((name) => [
      name,
      () => {
        throw new Error(`no command asks for ${name}`);
      },
    ]),
  ) as unknown as ManageClient;

export type Call = readonly [name: string, request: unknown];

const at = (iso: string) => Date.parse(iso);

export const HOSTS: readonly Host[] = [
  {
    hostId: 'db-1',
    id: 3,
    managed: true,
    location: '726',
    state: 'silent',
    lastSeenMs: at('2026-11-25T13:00:00Z'),
    facts: {},
  },
  {
    hostId: 'web-1',
    id: 1,
    managed: true,
    location: '725',
    state: 'reporting',
    createdMs: at('2026-11-01T08:00:00Z'),
    updatedMs: at('2026-11-02T08:00:00Z'),
    lastSeenMs: NOW - 5_000,
    intervalMs: 60_000,
    agentVersion: '0.1.0',
    facts: { address: '10.0.0.1', os: 'Debian 13' },
  },
  { hostId: 'web-2', id: 2, managed: true, location: '725', state: 'never', facts: {} },
];

export const UNMANAGED: readonly UnmanagedHost[] = [
  {
    hostId: 'app-1',
    managed: false,
    state: 'reporting',
    lastSeenMs: NOW - 5_000,
    facts: { address: '10.0.0.9' },
    suggestion: { location: '725', why: 'same subnet as web-1' },
  },
  { hostId: 'app-2', managed: false, state: 'reporting', lastSeenMs: NOW - 9_000, facts: {} },
];

export function manageInMemory(
  options: { readonly hosts?: readonly Host[]; readonly warnings?: readonly string[] } = {},
) {
  const { hosts = HOSTS, warnings = [] } = options;
  const calls: Call[] = [];
  const known = (hostId: string) => hosts.find((host) => host.hostId === hostId);
  const departures = (hostIds: readonly string[], change: 'unassigned' | 'removed') => {
    const found = hostIds.filter(known);
    const from = (hostId: string) => known(hostId)?.location;
    return {
      hostIds: found,
      changes: found.map((hostId) => ({ hostId, change, ...(from(hostId) && { from: from(hostId)! }) })),
    };
  };
  const service: ManageClient = {
    ...refusing(manageApi),
    async listHosts(request) {
      calls.push(['listHosts', request]);
      const { location, state, all = false, limit = 1_000, cursor } = request;
      const matching = [...hosts, ...(all ? UNMANAGED : [])].filter(
        (host) =>
          (location === undefined || host.location === location) &&
          (state === undefined || host.state === state),
      );
      const from = Number(cursor ?? 0);
      const page = matching.slice(from, from + limit);
      const next = from + page.length;
      return { hosts: page, warnings, ...(next < matching.length && { nextCursor: String(next) }) };
    },
    async getHost(hostId) {
      calls.push(['getHost', hostId]);
      const host = known(hostId);
      if (host) return host;
      const ids = hosts.map((candidate) => candidate.hostId);
      throw new ExpectedError('HOST_UNKNOWN', `no host ${hostId}`, { hint: didYouMean(hostId, ids) });
    },
    async listUnmanaged(request) {
      calls.push(['listUnmanaged', request]);
      return { hosts: UNMANAGED, warnings };
    },
    async assignHosts(request) {
      calls.push(['assignHosts', request]);
      return request.assignments.map(({ hostId, location }): AssignOutcome => {
        const from = known(hostId)?.location;
        if (from === undefined) return { hostId, location, change: 'added' };
        return from === location
          ? { hostId, location, change: 'unchanged' }
          : { hostId, location, from, change: 'moved' };
      });
    },
    async unassignHosts(request) {
      calls.push(['unassignHosts', request]);
      return departures(request.hostIds, 'unassigned');
    },
    async removeHosts(request) {
      calls.push(['removeHosts', request]);
      return departures(request.hostIds, 'removed');
    },
    async listLocations() {
      calls.push(['listLocations', {}]);
      const locations = [
        { location: '725', hosts: 2, states: { reporting: 1, never: 1 } },
        { location: '726', hosts: 1, states: { silent: 1 } },
      ];
      return { locations, warnings };
    },
    async listAudit(request) {
      calls.push(['listAudit', request]);
      const entry = { action: 'host.move', subject: 'web-1', before: '726', after: '725', detail: {} };
      return { changes: [{ id: 7, timeMs: at('2026-11-25T13:00:00Z'), actor: 'ben', entries: [entry] }] };
    },
  };
  return { service, calls };
}

/** cpu.usage of web-1: one point a minute, its minute as its value. */
export function analyzeInMemory(options: { readonly interrupts?: boolean } = {}) {
  const calls: Call[] = [];
  const checkScope = (scope: { readonly location?: string; readonly hosts?: readonly string[] }): void => {
    if (scope.location !== undefined && !['725', '726'].includes(scope.location)) {
      throw new ExpectedError('LOCATION_UNKNOWN', `no location ${scope.location}`, {
        hint: didYouMean(scope.location, ['725', '726']),
      });
    }
    const ids = HOSTS.map((host) => host.hostId);
    const unknown = scope.hosts?.find((id) => !ids.includes(id));
    if (unknown !== undefined)
      throw new ExpectedError('HOST_UNKNOWN', `no host ${unknown}`, { hint: didYouMean(unknown, ids) });
  };
  const samples = [
    { hostId: 'web-1', metric: 'cpu.usage', labels: {}, timeMs: NOW - 5_000, value: 59 },
    { hostId: 'web-1', metric: 'mem.usage', labels: {}, timeMs: NOW - 5_000, value: 41.5 },
  ];
  const service: AnalyzeService = {
    async queryRange(request) {
      calls.push(['queryRange', request]);
      checkScope(request);
      if (request.metric !== 'cpu.usage') {
        throw new ExpectedError('METRIC_UNKNOWN', `no host reports ${request.metric}`, {
          hint: didYouMean(request.metric, ['cpu.usage', 'mem.usage']),
        });
      }
      const { startMs, stopMs, stepMs = 60_000 } = request;
      const timesMs: number[] = [];
      for (let t = Math.ceil(startMs / stepMs) * stepMs; t < stopMs; t += stepMs) timesMs.push(t);
      const values = timesMs.map((t) => new Date(t).getUTCMinutes());
      const series = [{ hostId: 'web-1', metric: 'cpu.usage', labels: {}, timesMs, values }];
      return { startMs, stopMs, ...(request.stepMs !== undefined && { stepMs }), series, warnings: [] };
    },
    async queryLatest(request) {
      calls.push(['queryLatest', request]);
      checkScope(request);
      return { nowMs: NOW, samples, warnings: [] };
    },
    async *watchLatest(request, signal) {
      calls.push(['watchLatest', request]);
      for (const seconds of [0, 1]) yield { nowMs: NOW + seconds * 1_000, samples, warnings: [] };
      // As somebody's Ctrl-C: a stream that ends is opened again.
      if (options.interrupts) process.emit('SIGINT');
      if (!signal.aborted) await once(signal, 'abort');
    },
    async queryPromql(request) {
      calls.push(['queryPromql', request]);
      const { startMs, stopMs } = request;
      const timesMs = startMs === stopMs ? [stopMs] : [startMs, stopMs];
      const series = [
        { labels: { location: '725' }, timesMs, values: timesMs.map((_, i) => String(12.3456789 + i)) },
        { labels: {}, timesMs, values: timesMs.map(() => 'NaN') },
      ];
      return { series, warnings: ['an old inventory'] };
    },
    // biome-ignore lint/correctness/useYield: it fails before its first answer
    async *backtest() {
      throw new Error('tests of backtests bring their own');
    },
    async listMetrics(request) {
      calls.push(['listMetrics', request]);
      checkScope(request);
      const where = { hosts: 3, series: 3, locations: [{ location: '725', hosts: 2 }, { hosts: 1 }] };
      const table = {
        unit: 'percent',
        kind: 'ratio',
        means: 'CPU time in use',
        source: '/proc/stat',
      } as const;
      return {
        nowMs: NOW,
        metrics: [
          { metric: 'cpu.usage', known: true, ...table, labels: [], seed: 'CPU_Rate', ...where },
          {
            metric: 'disk.usage',
            known: true,
            ...table,
            labels: ['mount'],
            hosts: 0,
            series: 0,
            locations: [],
          },
          {
            metric: 'shop.orders',
            known: false,
            labels: ['kind'],
            hosts: 1,
            series: 2,
            locations: [{ hosts: 1 }],
          },
        ],
        warnings: [],
      };
    },
    listReportingHosts: () => Promise.reject(new Error('no command asks this')),
    findRecordsByLocation: () => Promise.reject(new Error('no command asks this')),
  };
  return { service, calls };
}
