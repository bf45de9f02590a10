// Generic webhook: versioned JSON, signed per Standard Webhooks, with several secrets during rotation.
import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { formatInstant } from '../domain/instant.ts';
import { answered, judgeByStatus, outcomeOf } from './http-answer.ts';
import {
  authorizationHeader,
  authorizationSecrets,
  authorizationSetting,
  httpSettings,
  JSON_HEADERS,
  secretSetting,
  writeJson,
} from './http-options.ts';
import type { Alert, FiredAndOver, Message, Moments, Reading, Subject } from './message.ts';
import { defineKind } from './receiver.ts';
import { secretsOfUrl, shownUrl } from './secret-addresses.ts';
import { fitForm, longForm, titleOf, utf8Bytes } from './text.ts';

const VERSION = 1;
const MAX_BODY_BYTES = 1024 * 1024;
/** The text beside the data, for receivers that only forward it. */
const MAX_TEXT_BYTES = 16 * 1024;

export default defineKind({
  name: 'webhook',
  summary: 'POSTs versioned JSON, signed per Standard Webhooks',
  schema: z.strictObject({
    ...httpSettings(),
    secrets: z
      .array(secretSetting())
      .max(4)
      .default([])
      .describe('Signing secrets (`whsec_...` or text); all of them sign while one is rotated'),
    authorization: authorizationSetting(),
  }),
  pace: { rateLimits: [] },
  size: { max: MAX_BODY_BYTES, of: 'bytes of the request' },
  create({ url, tls, secrets, authorization }, { clock, http }) {
    return {
      address: shownUrl(url),
      secrets: [...secretsOfUrl(url), ...secrets, ...authorizationSecrets(authorization)],
      async send(message, signal) {
        const body = webhookBody(message);
        const timestamp = Math.floor(clock.nowMs() / 1_000);
        const headers = {
          ...JSON_HEADERS,
          ...authorizationHeader(authorization),
          'webhook-id': message.id,
          'webhook-timestamp': String(timestamp),
          ...(secrets.length > 0
            ? {
                'webhook-signature': secrets
                  .map((secret) => signWebhook(secret, message.id, timestamp, body))
                  .join(' '),
              }
            : {}),
        };
        const result = await http({ url, body, headers, tls }, signal);
        return outcomeOf(result, clock, (answer) =>
          answer.status === 410
            ? { kind: 'refused', reason: answered(answer, 'rejects all further messages'), disable: true }
            : judgeByStatus(answer),
        );
      },
    };
  },
});

/** One entry of `webhook-signature`. */
export function signWebhook(secret: string, id: string, timestampS: number, body: string): string {
  const key = secret.startsWith('whsec_')
    ? Buffer.from(secret.slice('whsec_'.length), 'base64')
    : Buffer.from(secret);
  return `v1,${createHmac('sha256', key).update(`${id}.${timestampS}.${body}`).digest('base64')}`;
}

/** The body, with as many alerts as fit, most severe first; the rest is counted in `truncated`. */
export function webhookBody(message: Message, maxBytes = MAX_BODY_BYTES): string {
  const alerts = message.alerts.map((alert) => alertData(alert));
  const firedAndOver = message.firedAndOver.map(firedAndOverData);
  const base = bodyWith(message, [], [], 0);
  // Commas, and the digits of `truncated`.
  let left = maxBytes - utf8Bytes(writeJson(base)) - 16;
  const kept = <T>(list: readonly T[]): T[] => {
    const fitting = list.findIndex((item) => {
      const size = utf8Bytes(writeJson(item)) + 1;
      if (size > left) return true;
      left -= size;
      return false;
    });
    return fitting < 0 ? [...list] : list.slice(0, fitting);
  };
  const keptAlerts = kept(alerts);
  return writeJson(bodyWith(message, keptAlerts, kept(firedAndOver), alerts.length - keptAlerts.length));
}

const bodyWith = (
  message: Message,
  alerts: readonly object[],
  firedAndOver: readonly object[],
  left: number,
): object => ({
  type: 'minimon.alerts',
  version: VERSION,
  id: message.id,
  timestamp: formatInstant(message.atMs),
  data: {
    reason: message.reason,
    status: message.counts.firing > 0 ? 'firing' : 'resolved',
    location: message.group,
    group_since: formatInstant(message.groupSinceMs),
    receiver: message.receiver,
    repeat: message.repeat,
    may_come_twice: message.mayComeTwice,
    counts: message.counts,
    title: titleOf(message),
    text: fitForm(longForm(message), MAX_TEXT_BYTES, utf8Bytes),
    command: message.command,
    truncated: message.truncated + left,
    alerts,
    fired_and_over: firedAndOver,
    wide_rules: message.wideRules,
    digest: message.digest,
  },
});

const optionalTime = (timeMs: number | undefined): string | null =>
  timeMs === undefined ? null : formatInstant(timeMs);

const subjectData = ({ host, location, labels }: Subject) => ({
  host: host ?? null,
  location: location ?? null,
  labels,
});

const alertData = (alert: Alert): object => ({
  id: alert.id,
  rule: alert.rule,
  severity: alert.severity,
  severity_before: alert.severityBefore ?? null,
  state: alert.state,
  ...subjectData(alert.subject),
  rule_labels: alert.labels,
  since: formatInstant(alert.sinceMs),
  ended: optionalTime(alert.endedMs),
  end_reason: alert.endReason ?? null,
  no_data_since: optionalTime(alert.noDataSinceMs),
  new: alert.isNew,
  came_back: alert.cameBack,
  acknowledged: alert.acknowledged
    ? {
        by: alert.acknowledged.by,
        at: formatInstant(alert.acknowledged.atMs),
        note: alert.acknowledged.note ?? null,
      }
    : null,
  readings: alert.readings.map(readingData),
  text: alert.text ?? null,
  runbook: alert.runbook ?? null,
});

const momentsData = (values: Moments) => ({
  at_firing: values.atFiring ?? null,
  worst: values.worst ?? null,
  at_recovery: values.atRecovery ?? null,
  now: values.now ?? null,
});

function readingData(reading: Reading): object {
  switch (reading.kind) {
    case 'silent':
      return { kind: 'silent', last_tick: optionalTime(reading.lastTickMs) };
    case 'no_series':
      return { kind: 'no_series', before: reading.before };
    case 'share': {
      const { kind, condition, threshold, count, total, values } = reading;
      return {
        ...{ kind, condition, threshold, count: count ?? null, total: total ?? null },
        ...momentsData(values),
      };
    }
    case 'forecast': {
      const { kind, metric, unit, threshold, horizonMs, measured, values } = reading;
      return { kind, metric, unit, threshold, horizon_ms: horizonMs, measured, ...momentsData(values) };
    }
    case 'value': {
      const { kind, metric, expression, unit, threshold, values } = reading;
      return { kind, metric, expression: expression ?? metric, unit, threshold, ...momentsData(values) };
    }
  }
}

const firedAndOverData = ({ rule, subject, fromMs, toMs }: FiredAndOver): object => ({
  rule,
  ...subjectData(subject),
  from: formatInstant(fromMs),
  to: formatInstant(toMs),
});
