// PagerDuty, Events API v2: one event an alert, tied together by a key that holds neither value nor severity.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { formatInstant } from '../domain/instant.ts';
import { answered, judgeJson, outcomeOf } from './http-answer.ts';
import { httpSettings, JSON_HEADERS, secretSetting, writeJson } from './http-options.ts';
import type { Alert, Message } from './message.ts';
import { readableReading, readableTime } from './readable.ts';
import { defineKind, type Outcome } from './receiver.ts';
import { secretsOfUrl, shownUrl } from './secret-addresses.ts';
import { cutText, endWord, subjectText, utf8Bytes } from './text.ts';

const MAX_SUMMARY = 1_024;
/** Of the 512,000 bytes of an event; the fixed fields are small. */
const MAX_TEXT_BYTES = 100_000;

type Action = 'trigger' | 'acknowledge' | 'resolve';

export default defineKind({
  name: 'pagerduty',
  summary: 'PagerDuty, Events API v2: escalation and on-call',
  schema: z.strictObject({
    url: httpSettings().url.default('https://events.pagerduty.com/v2/enqueue'),
    tls: httpSettings().tls,
    routing_key: secretSetting().describe('Integration key of the service (32 characters)'),
  }),
  pace: { rateLimits: [{ count: 120, perMs: 60_000 }], needsAllAlerts: true },
  size: { max: 512_000, of: 'bytes of the request' },
  create({ url, tls, routing_key: key }, { clock, http }) {
    return {
      // The URL is everybody's; the key tells receivers apart.
      address: `${shownUrl(url).replace(/\/(\.\.\..*)?$/, '')}/...${key.slice(-4)}`,
      secrets: [key, ...(url.includes('pagerduty.com/v2/') ? [] : secretsOfUrl(url))],
      requests: (message) => Math.max(1, eventsOf(message).length),
      async send(message, signal) {
        const refused: string[] = [];
        const events = eventsOf(message);
        for (const { alert, action } of events) {
          const body = writeJson(pagerdutyEvent(alert, action, message, key));
          const result = await http({ url, body, headers: JSON_HEADERS, tls }, signal);
          const outcome: Outcome = outcomeOf(result, clock, (answer) =>
            answer.status === 202
              ? judgeJson(answer, (json) =>
                  json['status'] === 'success'
                    ? { kind: 'sent' }
                    : { kind: 'refused', reason: answered(answer) },
                )
              : { kind: 'refused', reason: answered(answer) },
          );
          // All events are sent again then: one that arrived already is the same to PagerDuty by its key.
          if (outcome.kind === 'retry' || outcome.kind === 'unknown') return outcome;
          if (outcome.kind === 'refused') refused.push(outcome.reason);
        }
        if (refused.length === 0) return { kind: 'sent' };
        return { kind: 'refused', reason: `${refused.length} of ${events.length} events: ${refused[0]}` };
      },
    };
  },
});

type Event = { readonly alert: Alert; readonly action: Action };

function eventsOf(message: Message): Event[] {
  const events = message.alerts.map((alert) => ({ alert, action: actionOf(alert) }));
  if (message.reason !== 'test') return events;
  // A test must not leave an incident open.
  return events.flatMap((event) => [event, { ...event, action: 'resolve' as const }]);
}

function actionOf({ state, acknowledged }: Alert): Action {
  if (state !== 'firing') return 'resolve';
  return acknowledged ? 'acknowledge' : 'trigger';
}

export const dedupKey = (alert: Alert): string =>
  `minimon-${createHash('sha256').update(alert.id).digest('hex').slice(0, 40)}`;

export function pagerdutyEvent(alert: Alert, action: Action, message: Message, key: string): object {
  const { group, timeZone } = message;
  const { host, location, labels } = alert.subject;
  const values = alert.readings.map((reading) => readableReading(reading, timeZone));
  const summary = `${alert.rule}: ${subjectText(alert.subject, group)}${values.length > 0 ? `: ${values.join('; ')}` : ''}`;
  const metric = alert.readings.find((reading) => 'metric' in reading);
  return {
    routing_key: key,
    event_action: action,
    dedup_key: dedupKey(alert),
    payload: {
      summary: cutText(summary.toWellFormed(), MAX_SUMMARY, (text) => text.length),
      source: cutText((host ?? location ?? 'minimon') || 'minimon', MAX_SUMMARY, (text) => text.length),
      severity: alert.severity,
      timestamp: formatInstant(alert.sinceMs),
      ...(metric && 'metric' in metric ? { component: metric.metric } : {}),
      ...(group === '' ? {} : { group }),
      class: alert.rule,
      custom_details: {
        notification_id: message.id,
        reason: message.reason,
        location: location ?? null,
        labels,
        rule_labels: alert.labels,
        readings: alert.readings,
        values,
        since: readableTime(alert.sinceMs, timeZone),
        came_back: alert.cameBack,
        ...(alert.state === 'ended' ? { ended: endWord(alert.endReason) } : {}),
        ...(alert.noDataSinceMs === undefined
          ? {}
          : { no_data_since: readableTime(alert.noDataSinceMs, timeZone) }),
        ...(alert.acknowledged ? { acknowledged: alert.acknowledged } : {}),
        ...(alert.text ? { text: cutText(alert.text, MAX_TEXT_BYTES, utf8Bytes) } : {}),
        command: message.command,
      },
    },
    links:
      alert.runbook && /^https?:\/\//.test(alert.runbook) ? [{ href: alert.runbook, text: 'Runbook' }] : [],
    client: 'minimon',
  };
}
