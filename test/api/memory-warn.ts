// The warn service with answers that are written down, for what is carried over wires and drawn.
import type { WarnService, WarnStatus } from '../../src/api/warn.ts';
import { NOW, route } from './memory-services.ts';

export const warnStatus: WarnStatus = {
  nowMs: NOW,
  role: 'standby',
  leaseHolder: 'node2:17:ab12cd',
  telling: false,
  partitions: [
    { partition: 0, end: 10, position: 8, committed: 4, unread: 2, uncommitted: 6, receivedMs: NOW - 5 },
    { partition: 1, end: 0, position: 0, committed: 0, unread: 0, uncommitted: 0 },
  ],
  skippedRecords: 3,
  warnings: ['this warn stands by'],
};

export const memoryWarn = (): WarnService => ({
  async *watchAlerts() {
    yield { nowMs: NOW, alerts: [], warnings: ['w'] };
  },
  status: async () => warnStatus,
  listAlerts: async () => ({
    nowMs: NOW,
    alerts: [
      {
        id: 'high-cpu web-1',
        rule: 'high-cpu',
        severity: 'critical',
        state: 'firing',
        location: '725',
        host: 'web-1',
        labels: {},
        expression: 'cpu.usage > 90',
        value: 95,
        sinceMs: NOW,
        firedMs: NOW,
        evaluatedMs: NOW,
      },
    ],
    warnings: [],
  }),
  listRuleHealth: async () => ({
    nowMs: NOW,
    evaluatedMs: NOW - 1_000,
    rules: [
      { name: 'high-cpu', firing: 1, pending: 0, matches: 412 },
      { name: 'odd', firing: 0, pending: 0, error: 'expected >' },
    ],
    warnings: [],
  }),
  listReceiverHealth: async () => ({
    nowMs: NOW,
    receivers: [
      {
        name: route.name,
        state: 'behind',
        owed: 2,
        sinceMs: NOW - 3_600_000,
        lastSentMs: NOW - 7_200_000,
        lastErrorMs: NOW,
        lastError: 'connect ECONNREFUSED 127.0.0.1:1',
      },
    ],
  }),
  explain: async ({ rule, host }) => ({
    nowMs: NOW,
    summary: `${rule} fires and is sent to its receivers`,
    steps: [{ topic: 'scope', verdict: 'ok', text: `${host} is in 725`, atMs: NOW, subject: 'mount=/' }],
    warnings: [],
  }),
  listHistory: async ({ cursor }) => ({
    entries: [
      {
        atMs: NOW,
        kind: 'refused',
        location: '725',
        subjects: [{ rule: 'high-cpu', host: 'web-1' }],
        count: 2,
        message: { id: 'n', receiver: 'ops', recipient: '', reason: 'first' },
        text: '404 no such hook',
      },
    ],
    ...(cursor === undefined && { nextCursor: 'bmV4dA' }),
  }),
  acknowledge: async ({ alert }) => ({ alerts: [], hint: `${alert} does not fire now` }),
  testReceiver: async (name) => ({
    receiver: name,
    kind: 'email',
    address: 'smtp://127.0.0.1:25',
    results: [
      { recipient: 'a@example.org', outcome: 'sent' },
      { recipient: 'b@example.org', outcome: 'refused', text: '550 no such user' },
    ],
  }),
  routeOf: async (labels) => ({
    receivers: [
      { name: 'ops', kind: 'webhook', told: true, why: `its route matches: ${labels.join(', ')}` },
      { name: 'mail', kind: 'email', told: false, why: 'it has no route' },
    ],
    silenced: 'silenced by ada',
  }),
});
