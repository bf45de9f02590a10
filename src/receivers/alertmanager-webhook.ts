// Sends the payload of Alertmanager's webhook receiver, version 4, for programs that expect it.
import { z } from 'zod';
import { formatInstant } from '../domain/instant.ts';
import {
  annotationsOf,
  commonOf,
  fingerprintOf,
  identityLabels,
  quoted,
  type StringMap,
} from './alertmanager-labels.ts';
import { judgeByStatus, outcomeOf } from './http-answer.ts';
import {
  authorizationHeader,
  authorizationSecrets,
  authorizationSetting,
  httpSettings,
  JSON_HEADERS,
  writeJson,
} from './http-options.ts';
import type { Alert, Message } from './message.ts';
import { defineKind } from './receiver.ts';
import { secretsOfUrl, shownUrl } from './secret-addresses.ts';
import { utf8Bytes } from './text.ts';

const MAX_BODY_BYTES = 1024 * 1024;
/** Go's zero time: what Alertmanager writes while an alert fires. */
const NOT_ENDED = '0001-01-01T00:00:00Z';

export default defineKind({
  name: 'alertmanager-webhook',
  summary: "POSTs what Alertmanager's webhook receiver would (version 4)",
  schema: z.strictObject({ ...httpSettings(), authorization: authorizationSetting() }),
  pace: { rateLimits: [] },
  size: { max: MAX_BODY_BYTES, of: 'bytes of the request' },
  create({ url, tls, authorization }, { clock, http }) {
    return {
      address: shownUrl(url),
      secrets: [...secretsOfUrl(url), ...authorizationSecrets(authorization)],
      async send(message, signal) {
        const headers = {
          ...JSON_HEADERS,
          ...authorizationHeader(authorization),
          'idempotency-key': message.id,
        };
        const result = await http({ url, body: alertmanagerBody(message), headers, tls }, signal);
        return outcomeOf(result, clock, judgeByStatus);
      },
    };
  },
});

type AlertBody = {
  readonly status: 'firing' | 'resolved';
  readonly labels: StringMap;
  readonly annotations: StringMap;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL: string;
  readonly fingerprint: string;
};

/** Severity is a label here, as receivers route by it; the fingerprint does not depend on it. */
const alertBody = (alert: Alert, message: Message): AlertBody => ({
  status: alert.state === 'firing' ? 'firing' : 'resolved',
  labels: { ...identityLabels(alert), severity: alert.severity },
  annotations: annotationsOf(alert, message),
  startsAt: formatInstant(alert.sinceMs),
  endsAt: alert.state === 'firing' ? NOT_ENDED : formatInstant(alert.endedMs ?? message.atMs),
  generatorURL: '',
  fingerprint: fingerprintOf(alert),
});

export function alertmanagerBody(message: Message, maxBytes = MAX_BODY_BYTES): string {
  const all = message.alerts.map((alert) => alertBody(alert, message));
  const write = (alerts: readonly AlertBody[]): string =>
    writeJson({
      version: '4',
      groupKey: `{}:{location=${quoted(message.group)}}`,
      truncatedAlerts: message.truncated + all.length - alerts.length,
      status: message.counts.firing > 0 ? 'firing' : 'resolved',
      receiver: message.receiver,
      groupLabels: { location: message.group },
      commonLabels: commonOf(alerts.map(({ labels }) => labels)),
      commonAnnotations: commonOf(alerts.map(({ annotations }) => annotations)),
      externalURL: '',
      notification_reason: REASONS[message.reason],
      alerts,
    });
  let left = maxBytes - utf8Bytes(write(all.slice(0, 1))) - 16;
  let shown = Math.min(1, all.length);
  for (; shown < all.length; shown++) {
    left -= utf8Bytes(writeJson(all[shown])) + 1;
    if (left < 0) break;
  }
  return write(all.slice(0, shown));
}

const REASONS: Readonly<Record<Message['reason'], string>> = {
  first: 'first notification',
  new: 'new alerts',
  some_resolved: 'some alerts resolved',
  all_resolved: 'all alerts resolved',
  repeat: 'repeat interval',
  ended: 'alerts ended',
  recap: 'silence ended',
  digest: 'digest',
  test: 'test',
};
