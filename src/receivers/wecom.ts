// WeCom (WeChat Work) group robot. Messages are of type text: half as long as markdown, but only `<` means anything in it.
import { z } from 'zod';
import { answered, DOUBTFUL_TRIES, judgeJson, outcomeOf } from './http-answer.ts';
import { httpSettings, JSON_HEADERS, writeJson } from './http-options.ts';
import { defineKind } from './receiver.ts';
import { secretsOfUrl, shownUrl } from './secret-addresses.ts';
import { type Form, fitForm, longForm, type Size, shortForm, utf8Bytes } from './text.ts';

const MAX_TEXT_BYTES = 2_048;
const SHORT_TEXT_BYTES = 700;
const RATE_MS = 60_000;

const TOO_FAST = 45009;
const TOO_LONG = 40058;
const BUSY = -1;

export default defineKind({
  name: 'wecom',
  summary: 'WeCom (WeChat Work), through a group robot',
  schema: z.strictObject({
    ...httpSettings(),
    users: z
      .array(z.string().min(1).max(64))
      .max(50)
      .default([])
      .describe('Members to ring, by user id; `@all`'),
    mobiles: z
      .array(z.string().regex(/^(\+?[\d-]{5,20}|@all)$/, 'is not a phone number'))
      .max(50)
      .default([])
      .describe('Members to mention, by mobile number'),
  }),
  pace: { rateLimits: [{ count: 20, perMs: RATE_MS }] },
  size: { max: MAX_TEXT_BYTES, of: 'bytes of text' },
  create({ url, tls, users, mobiles }, { clock, http }) {
    const post = async (form: Form, maxBytes: number, signal: AbortSignal) => {
      const body = writeJson({
        msgtype: 'text',
        text: {
          content: wecomText(form, maxBytes),
          ...(users.length > 0 ? { mentioned_list: users } : {}),
          ...(mobiles.length > 0 ? { mentioned_mobile_list: mobiles } : {}),
        },
      });
      const result = await http({ url, body, headers: JSON_HEADERS, tls }, signal);
      let tooLong = false;
      const outcome = outcomeOf(result, clock, (answer) =>
        judgeJson(answer, (json) => {
          const reason = answered(answer);
          const code = json['errcode'];
          if (code === 0) return { kind: 'sent' };
          if (code === TOO_FAST) return { kind: 'retry', reason, afterMs: RATE_MS };
          if (code === BUSY) return { kind: 'retry', reason, maxTries: DOUBTFUL_TRIES };
          tooLong = code === TOO_LONG;
          return { kind: 'refused', reason };
        }),
      );
      return { outcome, tooLong };
    };
    return {
      address: shownUrl(url),
      secrets: secretsOfUrl(url),
      async send(message, signal) {
        const first = await post(longForm(message), MAX_TEXT_BYTES, signal);
        if (!first.tooLong) return first.outcome;
        return (await post(shortForm(message), SHORT_TEXT_BYTES, signal)).outcome;
      },
    };
  },
});

/** `<@user>` rings, and other text in angle brackets disappears; the full-width sign looks the same and is neither. */
const withoutTags = (text: string): string => text.replaceAll('<', '＜');
const tagFreeBytes: Size = (text) => utf8Bytes(withoutTags(text));

export const wecomText = (form: Form, maxBytes = MAX_TEXT_BYTES): string =>
  withoutTags(fitForm(form, maxBytes, tagFreeBytes));
