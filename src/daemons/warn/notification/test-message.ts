// The message of `receivers test`: made as a real one is, and as hard to write as alerts can be.
import { type Message, notificationId } from '../../../receivers/message.ts';

/** What breaks with a real one breaks now. */
export function testMessage(receiver: string, timeZone: string, nowMs: number, count: number): Message {
  const subject = { host: 'test-"1"\n机房 🔔', location: 'test', labels: { mount: '/a\\b' } };
  const alert = {
    id: 'test',
    rule: 'test',
    severity: 'info' as const,
    subject,
    labels: {},
    state: 'firing' as const,
    sinceMs: nowMs,
    isNew: true,
    cameBack: 0,
    readings: [
      {
        kind: 'value' as const,
        metric: 'disk.free',
        unit: 'bytes' as const,
        threshold: { op: '<' as const, value: 5 * 2 ** 30 },
        values: { atFiring: 4.2e9, now: 4.2e9 },
      },
    ],
    text: 'This is a test of minimon. Nothing is wrong.',
  };
  return {
    // Each test is another message: a receiver that drops what it knows must not drop the second one.
    id: notificationId('test', 'test', [{ ...alert, sinceMs: nowMs }], count),
    reason: 'test',
    group: 'test',
    groupSinceMs: nowMs,
    receiver,
    atMs: nowMs,
    timeZone,
    counts: { firing: 1, new: 1, resolved: 0, ended: 0 },
    alerts: [alert],
    truncated: 0,
    firedAndOver: [],
    wideRules: [],
    digest: [],
    repeat: 0,
    mayComeTwice: false,
    command: `minimon receivers test ${receiver}`,
  };
}
