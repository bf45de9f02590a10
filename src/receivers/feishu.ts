// Feishu and Lark, custom bot: a card whose texts are plain_text; `<at ...>` works in its other kinds of text.
import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { answered, clockHint, judgeJson, outcomeOf } from './http-answer.ts';
import { httpSettings, JSON_HEADERS, secretSetting, writeJson } from './http-options.ts';
import type { Message } from './message.ts';
import { defineKind } from './receiver.ts';
import { secretsOfUrl, shownUrl } from './secret-addresses.ts';
import { cutText, fitForm, jsonBytes, longForm, titleOf, worstOf } from './text.ts';

/** Of the whole request 20 KB; the rest is for what surrounds the text. */
const MAX_TEXT_BYTES = 17_000;
const MAX_TITLE_BYTES = 600;
const RATE_MS = 60_000;

const TOO_FAST = new Set([11232, 99991400]);
const BAD_SIGN = 19021;

export default defineKind({
  name: 'feishu',
  summary: 'Feishu or Lark, through a custom bot',
  schema: z.strictObject({
    ...httpSettings(),
    secret: secretSetting().optional().describe('Signing secret of the bot'),
    keyword: z.string().min(1).max(64).optional().describe('Keyword that the bot requires in each message'),
    users: z
      .array(z.string().regex(/^([A-Za-z0-9_-]{1,64}|all)$/, 'is not a user id'))
      .max(50)
      .default([])
      .describe('Members to mention, by user or open id; `all`'),
  }),
  pace: {
    rateLimits: [
      { count: 5, perMs: 1_000 },
      { count: 100, perMs: RATE_MS },
    ],
    avoidsRoundTimes: true,
  },
  size: { max: MAX_TEXT_BYTES, of: 'bytes of text' },
  create({ url, tls, secret, keyword, users }, { clock, http }) {
    return {
      address: shownUrl(url),
      secrets: [...secretsOfUrl(url), ...(secret ? [secret] : [])],
      async send(message, signal) {
        const timestamp = Math.floor(clock.nowMs() / 1_000);
        const body = writeJson({
          // Signed again for each try: it is good for an hour.
          ...(secret ? { timestamp: String(timestamp), sign: signFeishu(secret, timestamp) } : {}),
          msg_type: 'interactive',
          card: feishuCard(message, { users, keyword }),
        });
        const result = await http({ url, body, headers: JSON_HEADERS, tls }, signal);
        return outcomeOf(result, clock, (answer) =>
          judgeJson(answer, (json) => {
            const code = json['code'] ?? json['StatusCode'];
            const reason = answered(answer);
            if (code === 0) return { kind: 'sent' };
            if (TOO_FAST.has(Number(code))) return { kind: 'retry', reason, afterMs: RATE_MS };
            const hint = code === BAD_SIGN ? clockHint(answer, clock) : undefined;
            return { kind: 'refused', reason: answered(answer, hint) };
          }),
        );
      },
    };
  },
});

type CardOptions = { readonly users: readonly string[]; readonly keyword?: string | undefined };

const COLOURS = { critical: 'red', warning: 'orange', info: 'blue' } as const;

export function feishuCard(message: Message, { users, keyword }: CardOptions): object {
  const worst = worstOf(message);
  const text = fitForm(longForm(message), MAX_TEXT_BYTES, jsonBytes, false);
  const plain = (content: string) => ({ tag: 'div', text: { tag: 'plain_text', content } });
  return {
    config: { wide_screen_mode: true },
    header: {
      template: message.reason === 'test' ? 'grey' : worst === undefined ? 'green' : COLOURS[worst],
      title: { tag: 'plain_text', content: cutText(titleOf(message), MAX_TITLE_BYTES, jsonBytes) },
    },
    elements: [
      plain(text),
      ...(keyword ? [plain(keyword)] : []),
      // From the options alone, which hold ids and nothing else.
      ...(users.length > 0
        ? [
            {
              tag: 'div',
              text: { tag: 'lark_md', content: users.map((id) => `<at id=${id}></at>`).join(' ') },
            },
          ]
        : []),
    ],
  };
}

/** Key and message the other way round than DingTalk has them, seconds, and sent in the body. */
export const signFeishu = (secret: string, timestampS: number): string =>
  createHmac('sha256', `${timestampS}\n${secret}`).update('').digest('base64');
