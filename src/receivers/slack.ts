// Slack, incoming webhook. All texts are plain_text, in which nothing rings, links or formats.
import { z } from 'zod';
import { answered, outcomeOf } from './http-answer.ts';
import { httpSettings, JSON_HEADERS, writeJson } from './http-options.ts';
import type { HttpAnswer } from './http-transport.ts';
import type { Message } from './message.ts';
import { defineKind, type Outcome } from './receiver.ts';
import { secretsOfUrl, shownUrl } from './secret-addresses.ts';
import { cutText, fitForm, longForm, type Size, titleOf } from './text.ts';

const MAX_HEADER = 150;
const MAX_SECTION = 3_000;
/** Of all blocks; the documented 40,000 is that of `text`, this one was found by others at about 13,200. */
const MAX_BLOCKS_TEXT = 12_000;
const MAX_BLOCKS = 50;
const MAX_FALLBACK = 3_000;

export default defineKind({
  name: 'slack',
  summary: 'Slack, through an incoming webhook',
  schema: z.strictObject(httpSettings()),
  pace: { rateLimits: [{ count: 1, perMs: 1_000 }] },
  size: { max: MAX_BLOCKS_TEXT, of: 'characters of text' },
  create({ url, tls }, { clock, http }) {
    return {
      address: shownUrl(url),
      secrets: secretsOfUrl(url),
      async send(message, signal) {
        const post = async (body: object) =>
          http({ url, body: writeJson(body), headers: JSON_HEADERS, tls }, signal);
        const first = await post(slackBody(message));
        // Some workspaces and compatible servers take no blocks; the text alone is worth one more try.
        const result =
          first.kind === 'answer' && first.status === 400 && first.body.includes('invalid_blocks')
            ? await post(plainBody(message))
            : first;
        return outcomeOf(result, clock, judge);
      },
    };
  },
});

function judge(answer: HttpAnswer): Outcome {
  if (answer.status === 200 && answer.body.trim() === 'ok') return { kind: 'sent' };
  if (answer.status === 200) {
    return { kind: 'retry', reason: answered(answer, 'not the `ok` of Slack'), maxTries: 3 };
  }
  return { kind: 'refused', reason: answered(answer) };
}

/** Slack decodes these three entities, in plain_text too, and asks for no others. */
const escapeEntities = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Slack counts what it is sent, entities and all. */
const escapedSize: Size = (text) => escapeEntities(text).length;

const plainText = (text: string) => ({ type: 'plain_text', text: escapeEntities(text), emoji: false });

/** What keeps the text alone from ringing anybody or unfolding links. */
const QUIET = { mrkdwn: false, link_names: false, parse: 'none', unfurl_links: false, unfurl_media: false };

export function slackBody(message: Message): object {
  const title = titleOf(message);
  const text = fitForm(longForm(message), MAX_BLOCKS_TEXT, escapedSize, false);
  return {
    text: escapeEntities(cutText(title, MAX_FALLBACK, escapedSize)),
    ...QUIET,
    blocks: [
      { type: 'header', text: plainText(cutText(title, MAX_HEADER, escapedSize)) },
      ...sectionsOf(text)
        .slice(0, MAX_BLOCKS - 1)
        .map((section) => ({ type: 'section', text: plainText(section) })),
    ],
  };
}

const plainBody = (message: Message): object => ({
  text: escapeEntities(fitForm(longForm(message), MAX_BLOCKS_TEXT, escapedSize)),
  ...QUIET,
});

/** The text in parts of a section's size, parted between lines; only a line longer than that is cut. */
function sectionsOf(text: string): string[] {
  const sections: string[] = [];
  let open = '';
  for (const line of text.split('\n').map((full) => cutText(full, MAX_SECTION, escapedSize))) {
    const joined = open === '' ? line : `${open}\n${line}`;
    if (escapedSize(joined) <= MAX_SECTION) {
      open = joined;
      continue;
    }
    sections.push(open);
    open = line;
  }
  return [...sections, open].filter((section) => section.trim() !== '');
}
