// The rules by which the vendors' servers take or refuse a message, as far as they are known, for the HTTP stub.
import { createHmac } from 'node:crypto';
import type { Answer, Received } from './http-stub.ts';

type Json = Record<string, unknown>;
const parse = (body: string): Json => JSON.parse(body) as Json;
const at = (value: unknown, ...path: (string | number)[]): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Record<string | number, unknown> | undefined)?.[key], value);

const text = (status: number, body: string): Answer => ({ status, body });

/** Slack: text/plain, `ok`, and the limits of blocks. */
export function slack({ body }: Received): Answer {
  const json = parse(body);
  if (typeof json['text'] !== 'string' || json['text'] === '') return text(400, 'no_text');
  const blocks = (json['blocks'] ?? []) as Json[];
  if (blocks.length > 50) return text(400, 'invalid_blocks');
  let total = 0;
  for (const block of blocks) {
    const content = at(block, 'text', 'text') as string;
    total += content.length;
    const limit = block['type'] === 'header' ? 150 : 3_000;
    if (content.length === 0 || content.length > limit) return text(400, 'invalid_blocks');
  }
  if (total > 13_200) return text(400, 'msg_blocks_too_long');
  return text(200, 'ok');
}

export type RobotRules = { readonly secret?: string; readonly keyword?: string; readonly nowMs: number };

const HOUR_MS = 3_600_000;

/** DingTalk: always 200; content type, sign, keyword, size, and who may be rung. */
export const dingtalk =
  ({ secret, keyword, nowMs }: RobotRules) =>
  ({ url, headers, body }: Received): Answer => {
    const fail = (errcode: number, errmsg: string): Answer => ({ status: 200, body: { errcode, errmsg } });
    if (headers['content-type'] !== 'application/json; charset=utf-8') return fail(43004, 'bad content type');
    if (Buffer.byteLength(body) > 20_000) return fail(460101, 'message too long');
    if (secret !== undefined) {
      const query = new URL(url, 'http://robot').searchParams;
      const timestamp = query.get('timestamp') ?? '';
      if (Math.abs(Number(timestamp) - nowMs) > HOUR_MS) return fail(310000, 'invalid timestamp');
      const sign = createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64');
      if (query.get('sign') !== sign) return fail(310000, 'sign not match');
    }
    const json = parse(body);
    const content = at(json, 'text', 'content');
    if (json['msgtype'] !== 'text' || typeof content !== 'string') return fail(40035, 'bad parameters');
    if (keyword !== undefined && !content.includes(keyword)) return fail(310000, 'keywords not in content');
    return { status: 200, body: { errcode: 0, errmsg: 'ok' } };
  };

/** WeCom: 200 and errcode; 2,048 bytes of text. */
export function wecom({ body }: Received): Answer {
  const json = parse(body);
  const content = at(json, 'text', 'content');
  if (json['msgtype'] !== 'text' || typeof content !== 'string') {
    return { status: 200, body: { errcode: 40008, errmsg: 'invalid message type' } };
  }
  return Buffer.byteLength(content) > 2_048
    ? { status: 200, body: { errcode: 40058, errmsg: 'content exceed max length' } }
    : { status: 200, body: { errcode: 0, errmsg: 'ok' } };
}

/** Feishu: 200 and code; sign in the body, keyword, 20 KB. */
export const feishu =
  ({ secret, keyword, nowMs }: RobotRules) =>
  ({ body }: Received): Answer => {
    const fail = (code: number, msg: string): Answer => ({ status: 200, body: { code, msg } });
    if (Buffer.byteLength(body) > 20_480) return fail(19036, 'too large');
    const json = parse(body);
    if (secret !== undefined) {
      const timestamp = String(json['timestamp']);
      const sign = createHmac('sha256', `${timestamp}\n${secret}`).update('').digest('base64');
      const old = Math.abs(Number(timestamp) * 1_000 - nowMs) > HOUR_MS;
      if (old || json['sign'] !== sign)
        return fail(19021, 'sign match fail or timestamp is not within one hour from current time');
    }
    if (json['msg_type'] !== 'interactive' || at(json, 'card', 'elements') === undefined) {
      return fail(9499, 'Bad Request');
    }
    if (keyword !== undefined && !JSON.stringify(json['card']).includes(keyword)) {
      return fail(19024, 'Key Words Not Found');
    }
    return { status: 200, body: { code: 0, msg: 'success', data: {} } };
  };

/** PagerDuty: 202, or 400 with what is wrong. */
export function pagerduty({ body }: Received): Answer {
  const json = parse(body);
  const errors: string[] = [];
  if (String(json['routing_key']).length !== 32) errors.push("'routing_key' is invalid");
  if (String(json['dedup_key'] ?? '').length > 255) errors.push("'dedup_key' is too long");
  if (!['trigger', 'acknowledge', 'resolve'].includes(String(json['event_action']))) {
    errors.push("'event_action' is invalid");
  }
  const summary = at(json, 'payload', 'summary');
  if (typeof summary !== 'string' || summary === '' || summary.length > 1_024) {
    errors.push("'payload.summary' is missing or too long");
  }
  if (!at(json, 'payload', 'source')) errors.push("'payload.source' is missing or blank");
  if (!['critical', 'error', 'warning', 'info'].includes(String(at(json, 'payload', 'severity')))) {
    errors.push("'payload.severity' is invalid");
  }
  if (Buffer.byteLength(body) > 512_000) return text(413, 'too large');
  return errors.length > 0
    ? { status: 400, body: { status: 'invalid event', message: 'Event object is invalid', errors } }
    : { status: 202, body: { status: 'success', message: 'Event processed', dedup_key: json['dedup_key'] } };
}

export type StoredAlert = {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
};

/** Alertmanager before 0.27: checks label names for the whole array, knows an alert by its labels, and can be emptied. */
export function createAlertmanager(nowMs: () => number) {
  const alerts = new Map<string, StoredAlert>();
  const NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
  return {
    answer({ url, method, body }: Received): Answer {
      if (method !== 'POST' || url !== '/api/v2/alerts') return text(404, 'not found');
      const list = JSON.parse(body) as StoredAlert[];
      for (const { labels, annotations, startsAt, endsAt } of list) {
        for (const name of [...Object.keys(labels), ...Object.keys(annotations)]) {
          if (!NAME.test(name))
            return { status: 400, body: `"invalid label set: invalid name \\"${name}\\""` };
        }
        if (Object.keys(labels).length === 0) return text(400, '"at least one label pair required"');
        if (Date.parse(endsAt) < Date.parse(startsAt))
          return text(400, '"start time must be before end time"');
      }
      for (const alert of list) {
        const key = JSON.stringify(Object.entries(alert.labels).sort());
        const known = alerts.get(key);
        const active = known !== undefined && Date.parse(known.endsAt) > nowMs();
        alerts.set(key, { ...alert, startsAt: active ? known.startsAt : alert.startsAt });
      }
      return text(200, '');
    },
    /** What it would show as firing now. */
    active: () => [...alerts.values()].filter(({ endsAt }) => Date.parse(endsAt) > nowMs()),
    known: () => [...alerts.values()],
    restart: () => alerts.clear(),
  };
}
