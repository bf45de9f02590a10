// Messages and parts for the tests of receivers: a full one, small ones, and strings that mean harm somewhere.
import { createAddressGuard } from '../../src/receivers/address-guard.ts';
import { createHttpTransport, TRY_LIMIT_MS } from '../../src/receivers/http-transport.ts';
import { openReceiver } from '../../src/receivers/kinds.ts';
import type { Alert, Message, Reading } from '../../src/receivers/message.ts';
import type { Receiver, ReceiverParts } from '../../src/receivers/receiver.ts';
import { type Clock, createVirtualClock, type VirtualClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';

/** 2026-11-28 10:03 in Shanghai. */
export const AT_MS = Date.parse('2026-11-28T02:03:00Z');

export const usage: Reading = {
  kind: 'value',
  metric: 'cpu.usage',
  unit: 'percent',
  threshold: { op: '>', value: 90 },
  values: { atFiring: 97.25, worst: 99, now: 98 },
};

export const alertOf = (given: Partial<Alert> = {}): Alert => ({
  id: 'a1',
  rule: 'high-cpu',
  severity: 'critical',
  subject: { host: 'web-17', location: '725', labels: {} },
  labels: {},
  state: 'firing',
  sinceMs: AT_MS - 180_000,
  isNew: true,
  cameBack: 0,
  readings: [usage],
  ...given,
});

export function messageOf(given: Partial<Message> = {}): Message {
  const alerts = given.alerts ?? [alertOf()];
  const count = (state: Alert['state']) => alerts.filter((alert) => alert.state === state).length;
  return {
    id: 'n-000725',
    reason: 'first',
    group: '725',
    groupSinceMs: AT_MS - 180_000,
    receiver: 'ops',
    atMs: AT_MS,
    timeZone: 'Asia/Shanghai',
    counts: {
      firing: count('firing'),
      new: alerts.filter((alert) => alert.isNew).length,
      resolved: count('resolved'),
      ended: count('ended'),
    },
    alerts,
    truncated: 0,
    firedAndOver: [],
    wideRules: [],
    digest: [],
    repeat: 0,
    mayComeTwice: false,
    command: 'minimon alerts why high-cpu --host web-17',
    ...given,
  };
}

/** So many alerts, each with a long text: over every limit. */
export const largeMessage = (count: number, text = 'x'.repeat(500)): Message =>
  messageOf({
    alerts: Array.from({ length: count }, (_, i) =>
      alertOf({ id: `a${i}`, subject: { host: `web-${i}`, location: '725', labels: {} }, text }),
    ),
  });

/** Each is a command, a link, a mention or a broken escape somewhere. */
export const HOSTILE: readonly string[] = [
  '<!channel>',
  'a&b<c>',
  'a&amp;b',
  '<@U024BE7LH>',
  '*b* _i_ ~s~',
  '`tick`',
  '[x](http://example.org)',
  '![](http://example.org/x.png)',
  '# head',
  '<at user_id="all">x</at>',
  '<at id=all></at>',
  '@13800000000',
  '@all',
  '</font>',
  '/a"b\\c d',
  ['{{x}} %s', '$', '{HOME} $(id)'].join(''),
  '/mnt/a\nBcc: x@example.org',
  '/mnt/a\r\n\r\n.\r\nQUIT',
  '\u001b]0;owned\u0007',
  'a\u202eb',
  '机房一 🧯 line\u2028two',
  '__proto__',
];

/** A message in which every string from elsewhere is this one. */
export const hostileMessage = (text: string): Message =>
  messageOf({
    group: text,
    receiver: text,
    command: `minimon alerts why ${text}`,
    alerts: [
      alertOf({
        rule: text,
        subject: { host: text, location: text, labels: { mount: text } },
        labels: { team: text },
        text: `say ${text}`,
        runbook: `https://wiki.example.org/${text}`,
        acknowledged: { by: text, atMs: AT_MS, note: text },
      }),
    ],
    firedAndOver: [
      {
        rule: text,
        subject: { host: text, location: text, labels: { mount: text } },
        fromMs: AT_MS - 120_000,
        toMs: AT_MS - 60_000,
      },
    ],
  });

export type PartsOptions = {
  readonly clock?: Clock;
  readonly allow?: readonly string[];
};

/** Real parts but for the clock. Nothing on this machine is out of bounds. */
export function partsOf(options: PartsOptions = {}): ReceiverParts {
  const { clock = createVirtualClock(AT_MS), allow = [] } = options;
  const timeoutMs = TRY_LIMIT_MS;
  const guard = createAddressGuard({ allow });
  return {
    clock,
    logger: silentLogger,
    guard,
    timeoutMs,
    http: createHttpTransport({ clock, guard, timeoutMs }),
  };
}

export const open = (kind: string, options: object, given: PartsOptions = {}): Promise<Receiver> =>
  openReceiver(kind, options, partsOf(given));

export const NEVER = new AbortController().signal;

/** The outcome of a try that is given up, its time limit having passed once the receiver has got it. */
export async function timedOut<T>(
  pending: Promise<T>,
  reached: Promise<void>,
  clock: VirtualClock,
): Promise<T> {
  await reached;
  await clock.advanceTo(clock.nowMs() + TRY_LIMIT_MS - 1);
  const early = await Promise.race([pending, new Promise<'pending'>((go) => setImmediate(go, 'pending'))]);
  if (early !== 'pending') throw new Error(`over before its limit: ${JSON.stringify(early)}`);
  await clock.advanceTo(clock.nowMs() + 1);
  return pending;
}
