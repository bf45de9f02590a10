// A client of Alertmanager (API v2), which groups and notifies itself. It resolves alerts that are not resent.
import { z } from 'zod';
import { formatInstant } from '../domain/instant.ts';
import { annotationsOf, identityLabels } from './alertmanager-labels.ts';
import { answered, DOUBTFUL_TRIES, judgeByStatus, outcomeOf } from './http-answer.ts';
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

const RESEND_MS = 60_000;
/** Alertmanager resolves an alert after this many missed resends in a row. */
const RESENDS_AHEAD = 4;
const PATH = '/api/v2/alerts';

export default defineKind({
  name: 'alertmanager',
  summary: 'Sends alerts to an Alertmanager, which groups and notifies itself',
  schema: z.strictObject({ ...httpSettings(), authorization: authorizationSetting() }),
  pace: { rateLimits: [], resendEveryMs: RESEND_MS, needsAllAlerts: true },
  size: { max: Number.POSITIVE_INFINITY, of: 'bytes of the request' },
  create({ url, tls, authorization }, { clock, http }) {
    const target = alertsUrl(url);
    return {
      address: shownUrl(url),
      secrets: [...secretsOfUrl(url), ...authorizationSecrets(authorization)],
      async send(message, signal) {
        const body = writeJson(
          message.alerts.map((alert) => alertmanagerAlert(alert, message, clock.nowMs())),
        );
        const headers = {
          ...JSON_HEADERS,
          ...authorizationHeader(authorization),
          'idempotency-key': message.id,
        };
        const result = await http({ url: target, body, headers, tls }, signal);
        return outcomeOf(result, clock, (answer) =>
          // A login page in front of it answers 200 too.
          answer.status < 300 && answer.headers['content-type']?.includes('html')
            ? { kind: 'retry', reason: answered(answer, 'a web page'), maxTries: DOUBTFUL_TRIES }
            : judgeByStatus(answer),
        );
      },
    };
  },
});

/** The base address of an Alertmanager, also behind a path prefix, or the whole URL. */
export function alertsUrl(base: string): string {
  const url = new URL(base);
  const path = url.pathname.replace(/\/+$/, '');
  url.pathname = path.endsWith(PATH) ? path : `${path}${PATH}`;
  return url.href;
}

/** Severity is an annotation: as a label a rise would be a second alert, and the first would never end. */
export function alertmanagerAlert(alert: Alert, message: Message, nowMs: number): object {
  const endsMs =
    alert.state === 'firing' ? nowMs + RESENDS_AHEAD * RESEND_MS : Math.min(alert.endedMs ?? nowMs, nowMs);
  return {
    labels: identityLabels(alert),
    annotations: { ...annotationsOf(alert, message), severity: alert.severity },
    startsAt: formatInstant(alert.sinceMs),
    // Never before its start, which is refused.
    endsAt: formatInstant(Math.max(endsMs, alert.sinceMs)),
    generatorURL: '',
  };
}
