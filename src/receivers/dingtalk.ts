// DingTalk group robot. Messages are of type text: its markdown has no escape, and a label could link or make headings.
import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { answered, clockHint, DOUBTFUL_TRIES, judgeJson, outcomeOf } from './http-answer.ts';
import { httpSettings, JSON_HEADERS, secretSetting, writeJson } from './http-options.ts';
import { defineKind } from './receiver.ts';
import { secretsOfUrl, shownUrl } from './secret-addresses.ts';
import { type Form, fitForm, jsonBytes, longForm, shortForm } from './text.ts';

/** Of the whole body 20,000 bytes; the rest is for what surrounds the text. */
const MAX_TEXT_BYTES = 18_000;
const SHORT_TEXT_BYTES = 2_000;
/** A robot over its rate is closed for ten minutes. */
const CLOSED_MS = 600_000;

const TOO_FAST = new Set([130101, 1111]);
const BUSY = -1;
const TOO_LARGE = new Set([460101, 101002]);
const NOT_ACCEPTED = 310000;

export default defineKind({
  name: 'dingtalk',
  summary: 'DingTalk, through a group robot',
  schema: z.strictObject({
    ...httpSettings(),
    secret: secretSetting().optional().describe('Signing secret of the robot (`SEC...`)'),
    keyword: z.string().min(1).max(64).optional().describe('Keyword that the robot requires in each message'),
    mobiles: z
      .array(z.string().regex(/^\+?[\d-]{5,20}$/, 'is not a phone number'))
      .max(50)
      .default([])
      .describe('Members to mention, by mobile number'),
    all: z.boolean().default(false).describe('Mention everybody'),
  }),
  pace: { rateLimits: [{ count: 20, perMs: 60_000 }] },
  size: { max: MAX_TEXT_BYTES, of: 'bytes of text' },
  create(options, { clock, http }) {
    const { url, tls, secret } = options;
    const post = async (text: string, signal: AbortSignal) => {
      const nowMs = clock.nowMs();
      const target = new URL(url);
      if (secret !== undefined) {
        // Signed again for each try: it is good for an hour.
        target.searchParams.set('timestamp', String(nowMs));
        target.searchParams.set('sign', signDingtalk(secret, nowMs));
      }
      const body = writeJson({
        msgtype: 'text',
        text: { content: text },
        at: { atMobiles: options.mobiles, atUserIds: [], isAtAll: options.all },
      });
      const result = await http({ url: target.href, body, headers: JSON_HEADERS, tls }, signal);
      let tooLarge = false;
      const outcome = outcomeOf(result, clock, (answer) =>
        judgeJson(answer, (json) => {
          const code = json['errcode'] ?? json['status'];
          const reason = answered(answer);
          if (json['errcode'] === 0) return { kind: 'sent' };
          if (TOO_FAST.has(Number(code))) return { kind: 'retry', reason, afterMs: CLOSED_MS };
          if (code === BUSY) return { kind: 'retry', reason, maxTries: DOUBTFUL_TRIES };
          tooLarge = TOO_LARGE.has(Number(code));
          // One code for a missing keyword, a wrong sign, a foreign address and an old time stamp.
          const late = code === NOT_ACCEPTED && /timestamp/i.test(String(json['errmsg']));
          const hint = late ? clockHint(answer, clock) : undefined;
          return { kind: 'refused', reason: answered(answer, hint) };
        }),
      );
      return { outcome, tooLarge };
    };
    return {
      address: shownUrl(url),
      secrets: [...secretsOfUrl(url), ...(secret ? [secret] : [])],
      async send(message, signal) {
        const first = await post(dingtalkText(longForm(message), options), signal);
        if (!first.tooLarge) return first.outcome;
        return (await post(dingtalkText(shortForm(message), options, SHORT_TEXT_BYTES), signal)).outcome;
      },
    };
  },
});

/** Those to ring must stand in the text as well as in `at`, and the keyword of the robot somewhere in it. */
export function dingtalkText(
  form: Form,
  { mobiles, keyword }: { readonly mobiles: readonly string[]; readonly keyword?: string | undefined },
  maxBytes = MAX_TEXT_BYTES,
): string {
  const rung = mobiles.map((mobile) => `@${mobile}`).join(' ');
  const last = [keyword, rung].filter((line) => line);
  const end = last.length === 0 ? '' : `\n${last.join('\n')}`;
  return `${fitForm(form, maxBytes - jsonBytes(end), jsonBytes)}${end}`;
}

/** Base64, not yet encoded for the URL. */
export const signDingtalk = (secret: string, timestampMs: number): string =>
  createHmac('sha256', secret).update(`${timestampMs}\n${secret}`).digest('base64');
