// Services of a few lines that answer with every field there is, so that what a wire loses is seen.
import type { AnalyzeService, RangeRequest } from '../../src/api/analyze.ts';
import type { Host, ManageService } from '../../src/api/manage.ts';
import type { DeadLetterService } from '../../src/api/persist.ts';
import type { ReportAnswer } from '../../src/api/report.ts';
import { ExpectedError } from '../../src/domain/errors.ts';
import { createHealth } from '../../src/runtime/health.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';
import { memoryEnrolments } from './memory-enrolments.ts';

export const NOW = Date.parse('2026-03-01T12:00:00.123Z');

export const daemonParts = () => ({ daemon: 'test', health: createHealth(), metrics: createMetrics('test') });

export const reportAnswer: ReportAnswer = {
  acceptedSamples: 19,
  refusedSamples: 1,
  refusals: [
    {
      hostId: '机房-1',
      timeMs: NOW,
      metric: 'disk.usage',
      labels: { mount: '/数据' },
      samples: 1,
      reason: 'value is NaN; samples are finite numbers',
    },
  ],
  receivedMs: NOW,
  sentMs: NOW + 2,
};

export const EDGE_VALUES = [0, 5e-324, 1.7976931348623157e308, 0.1 + 0.2, 9007199254740994, 1e21, -1.5, null];

/** `calls` holds each request as the service saw it. */
export function memoryAnalyze(): AnalyzeService & { calls: unknown[] } {
  const calls: unknown[] = [];
  const record = <T>(request: T): T => {
    calls.push(request);
    return request;
  };
  const latest = {
    nowMs: NOW,
    samples: [
      { hostId: 'web-1', metric: 'cpu.usage', labels: {}, timeMs: NOW - 60_000, value: 12.5 },
      { hostId: 'wéb-1', metric: 'disk.usage', labels: { mount: '/' }, timeMs: NOW - 1, value: 5e-324 },
    ],
    warnings: ['manage is down; rooms as of 14:02'],
  };
  return {
    calls,
    async queryRange(request: RangeRequest) {
      const { metric, startMs, stopMs, stepMs, location } = record(request);
      if (location === 'nowhere') {
        throw new ExpectedError('LOCATION_UNKNOWN', 'no host was ever assigned to location nowhere', {
          hint: 'Did you mean 725?',
        });
      }
      const timesMs = EDGE_VALUES.map((_, i) => startMs + i * 60_000);
      const series = [{ hostId: 'web-1', metric, labels: { mount: '/=' }, timesMs, values: EDGE_VALUES }];
      return { startMs, stopMs, ...(stepMs ? { stepMs } : {}), series, warnings: ['one', 'zwei'] };
    },
    async queryLatest(request) {
      record(request);
      return latest;
    },
    async *watchLatest(request, signal) {
      record(request);
      yield latest;
      yield { ...latest, nowMs: NOW + 1_000 };
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    },
    async queryPromql(request) {
      record(request);
      const labels = { __name__: 'cpu_usage', host: 'web-1' };
      return { series: [{ labels, timesMs: [NOW], values: ['NaN'] }], warnings: ['rooms as of noon'] };
    },
    async *backtest(request) {
      record(request);
      yield { progress: 0 };
      const { startMs, stopMs } = request;
      const counts = { firings: 1, hosts: 1, firingMs: 60_000, longestMs: 60_000 };
      const rule = { name: 'r', expression: 'cpu.usage > 90', ...counts, alerts: [], more: 1, near: [] };
      const windows = { fired: [0, 1], firing: [0, 60_000] };
      const result = { startMs, stopMs, stepMs: 3_600_000, hosts: 1, ticks: 60, warnings: [] };
      yield { progress: 1, result: { ...result, rules: [{ ...rule, ...windows }] } };
    },
    async listMetrics(request) {
      record(request);
      const found = { hosts: 3, series: 4, locations: [{ location: '725', hosts: 2 }, { hosts: 1 }] };
      const table = { unit: 'percent', kind: 'ratio', means: 'used', source: 'statfs' } as const;
      return {
        nowMs: NOW,
        metrics: [
          {
            metric: 'disk.usage',
            known: true,
            ...table,
            choices: 'df',
            seed: 'D',
            labels: ['mount'],
            ...found,
          },
          { metric: 'own.jobs', known: false, labels: [], hosts: 0, series: 0, locations: [] },
        ],
        warnings: ['manage is down'],
      };
    },
    async listReportingHosts(request) {
      record(request);
      return {
        nowMs: NOW,
        hosts: [
          {
            hostId: '𠮷',
            firstSeenMs: NOW - 5_000_000,
            lastSeenMs: NOW - 60_000,
            lastReceivedMs: NOW - 59_000,
            intervalMs: 60_000,
            bootId: 'b',
            agentVersion: '0.1.0',
            machines: [{ machineId: 'm1', lastReceivedMs: NOW - 59_000 }],
            facts: { os: 'Linux' },
            refusal: { receivedMs: NOW - 100, reason: 'clock ahead', samples: 3 },
          },
          {
            hostId: 'ｱ',
            firstSeenMs: 0,
            lastSeenMs: 1,
            lastReceivedMs: 2,
            intervalMs: 10_000,
            bootId: '',
            agentVersion: '',
            machines: [],
            facts: {},
          },
        ],
        watermarks: [{ partition: 0, receivedMs: NOW }],
        replaying: 'the start-up replay is under way',
        ...(request.cursor === 'last' ? {} : { nextCursor: 'last' }),
      };
    },
    async findRecordsByLocation(request) {
      const { metric, startMs } = record(request);
      return [
        { hostId: 'web-1', metric, timesMs: [startMs, startMs + 250], values: [7.884615421295166, 15] },
      ];
    },
  };
}

const fullHost: Host = {
  hostId: 'web-1',
  id: 7,
  managed: true,
  location: '725',
  state: 'conflict',
  note: 'machine ids m1 and m2 in turn',
  createdMs: NOW - 3,
  updatedMs: NOW - 2,
  firstSeenMs: NOW - 100_000,
  lastSeenMs: NOW - 1_000,
  intervalMs: 10_000,
  agentVersion: '0.1.0',
  facts: { address: '10.0.0.7' },
};
const bareHost: Host = { hostId: '𠮷', managed: false, state: 'reporting', facts: {} };

const rulePlan = {
  changes: [
    { name: 'hot', action: 'change', source: 'a.yaml', fields: [{ name: 'expr', from: 'a', to: 'b' }] },
    { name: 'room-dark', action: 'reset', source: 'a.yaml', fields: [] },
  ],
  unchanged: 3,
  notes: ['a note'],
} as const;
const rule = {
  name: 'high-cpu',
  expression: 'cpu.usage > 90 for 5m',
  severity: 'critical',
  locations: ['725'],
  hosts: [],
  notify: ['ops'],
  text: '{host} is hot',
  labels: { team: 'a' },
  tellResolved: true,
  enabled: true,
  builtIn: false,
  source: '',
  createdMs: NOW,
  updatedMs: NOW,
} as const;
const silence = {
  id: '4f2a9c31',
  matchers: ['location=725', 'host~web-*'],
  reason: '换盘 "disk"',
  author: 'ann',
  startsMs: NOW,
  endsMs: NOW + 3_600_000,
  createdMs: NOW,
};
export const route = {
  name: 'ops',
  kind: 'webhook',
  matchers: [],
  activeTimes: ['mon-fri 08:00-18:00 Europe/Berlin'],
  isDefault: true,
  timeZone: 'UTC',
  createdMs: NOW,
  updatedMs: NOW,
};

export function memoryManage(): ManageService & { calls: unknown[] } {
  const calls: unknown[] = [];
  const record = <T>(request: T): T => {
    calls.push(request);
    return request;
  };
  return {
    calls,
    async listHosts(request) {
      record(request);
      return {
        hosts: [fullHost, bareHost],
        warnings: ['analyze is down'],
        ...(request.cursor ? {} : { nextCursor: 'bmV4dA' }),
      };
    },
    async getHost(hostId) {
      record(hostId);
      if (hostId !== 'web-9') return { ...fullHost, hostId };
      throw new ExpectedError('HOST_UNKNOWN', 'no host web-9', { hint: 'Did you mean web-1?' });
    },
    async listUnmanaged(request) {
      record(request);
      const suggestion = { location: '725', why: 'same subnet as web-1' };
      return { hosts: [{ ...bareHost, suggestion }, bareHost], warnings: [] };
    },
    async listAssignments(request) {
      record(request);
      return { assignments: [{ hostId: 'web-1', location: '725' }], locations: ['725', '726'] };
    },
    async assignHosts(request) {
      const { assignments } = record(request);
      return assignments.map(({ hostId, location }, i) =>
        i === 0
          ? { hostId, change: 'moved' as const, from: '1', location }
          : { hostId, change: i === 1 ? ('added' as const) : ('unchanged' as const), location },
      );
    },
    async insertHost(request) {
      if (record(request).hostId !== 'taken') return { id: 12 };
      throw new ExpectedError('HOST_EXISTS', 'host taken is in the inventory already');
    },
    unassignHosts: async (request) => departures(record(request).hostIds.slice(1), 'unassigned'),
    removeHosts: async (request) => departures(record(request).hostIds.slice(1), 'removed'),
    listLocations: async () => ({
      locations: [
        { location: '725', hosts: 3, states: { reporting: 2, never: 1 } },
        { location: '空', hosts: 0, states: {} },
      ],
      warnings: ['w'],
    }),
    renameLocation: async (request) => ({ hostIds: [record(request).location], notes: ['rule hot'] }),
    removeLocation: async (request) => ({ hostIds: [], notes: [record(request).location] }),
    async listAudit(request) {
      record(request);
      return { changes: [fullChange, bareChange], nextCursor: 'more' };
    },
    async undoChange(request) {
      record(request);
      const hosts = [
        { hostId: 'web-1', change: 'moved' as const, from: '726', location: '725' },
        { hostId: 'web-2', change: 'removed' as const, from: '726' },
        { hostId: 'web-3', change: 'unassigned' as const },
      ];
      return { change: fullChange, hosts };
    },
    findAllHosts: async () => [
      { id: 5, hostId: 'Kevin-D40', location: '725', createdMs: NOW, updatedMs: NOW + 1 },
      { id: 6, hostId: 'Kevin-D20', createdMs: NOW, updatedMs: NOW },
    ],
    async updateHost(request) {
      const { hostId } = record(request);
      if (hostId === 'bug') throw new TypeError('a secret of the implementation');
    },
    listRules: async () => [rule],
    putRule: async () => ({ rule, notes: ['a note'] }),
    planRules: async (request) => {
      record(request);
      const fault = { rule: 1, field: 'expression', code: 'BAD_ID', message: 'no', hint: 'yes', offset: 3 };
      return { ...rulePlan, faults: [fault] };
    },
    applyRules: async (request) => {
      record(request);
      return rulePlan;
    },
    renameRule: async (request) => {
      record(request);
      return { updatedMs: NOW, notes: ['silence 1 names the old name, and no longer matches'] };
    },
    setRuleEnabled: async (request) => void record(request),
    removeRule: async (request) => void record(request),
    listReceivers: async () => [{ ...route, address: 'https://hooks.example/...1234' }],
    putReceiver: async () => ({ ...route, address: 'https://hooks.example/...1234' }),
    removeReceiver: async (request) => void record(request),
    listSilences: async () => ({ nowMs: NOW, silences: [silence] }),
    putSilence: async (request) => {
      record(request);
      return silence;
    },
    expireSilence: async (request) => {
      record(request);
      return silence;
    },
    previewMatchers: async ({ matchers }) => ({
      ...{ matchers, hosts: 1, ofHosts: 2, hostIds: ['web-1'] },
      notes: ['no rule has the name "cpuu"'],
    }),
    createToken: async (request) => ({ token: `mm_${record(request).name}`, info: token }),
    listTokens: async ({ ended, credentials }) => ({
      ...{ nowMs: NOW, tokens: ended ? [token, bareToken] : [token] },
      credentials: credentials ? 0 : 3,
    }),
    revokeToken: async () => bareToken,
    ...memoryEnrolments(record, token),
    syncTokens: async ({ version }) => ({
      ...{ version: 7, changed: version !== 7 },
      tokens: version === 7 ? [] : [{ id: 'a1', name: 'ann', hash: '00ff', scopes: ['read'], endsMs: NOW }],
    }),
    async *watchAlertConfiguration() {
      yield {
        part: 'all',
        more: true,
        unassigned: ['web-2'],
        version: 7,
        rules: [rule],
        silences: [silence],
        receivers: [{ ...route, options: '{}' }],
        assignments: [{ hostId: 'web-1', location: '725' }],
      };
    },
  };
}

export const memoryPersist: DeadLetterService = {
  listDeadLetters: async () => ({
    letters: [
      {
        writtenMs: NOW,
        reason: 'type conflict',
        partition: 0,
        offset: 7,
        receivedMs: NOW,
        sample: { hostId: 'web-1', timeMs: NOW, metric: 'disk.usage', labels: { mount: '/' }, value: 71.25 },
      },
      {
        writtenMs: NOW,
        reason: 'unknown schema',
        partition: 0,
        offset: 8,
        receivedMs: NOW,
        record: { schema: 99, bytes: 3 },
      },
    ],
    more: true,
  }),
  retryDeadLetters: async () => ({ retried: 1, skipped: 1, more: false }),
};

/** The first had a location, the others had none. */
const departures = (hostIds: readonly string[], change: 'unassigned' | 'removed') => ({
  hostIds,
  changes: hostIds.map((hostId, i) => ({ hostId, change, ...(i === 0 && { from: '725' }) })),
});

const bareToken = { name: 'ann', id: 'a1', scopes: ['read'], createdBy: 'root', createdMs: NOW };
const token = {
  ...bareToken,
  ...{ scopes: ['write', 'report:机-2'], endsMs: NOW, revokedMs: NOW, usedMs: NOW },
};

const fullChange = {
  id: 12,
  timeMs: 1_775_000_000_123,
  actor: 'ann',
  address: '10.0.0.9',
  undoes: 7,
  entries: [
    { action: 'host.move', subject: 'web-1', before: '725', after: '726', detail: { source: 'room' } },
    { action: 'host.remove', subject: '机-2', detail: {} },
  ],
};
const bareChange = { id: 1, timeMs: 1_775_000_000_000, actor: 'simulate', entries: [] };
