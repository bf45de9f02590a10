// E-mail over SMTP: one message per recipient, each with its own outcome; firing, repeat and resolved in one thread.
import { createHash } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import nodemailer from 'nodemailer';
import MailComposer from 'nodemailer/lib/mail-composer';
import { z } from 'zod';
import { messageOf } from '../domain/errors.ts';
import { tlsSetting } from '../runtime/settings.ts';
import { definedTls, networkReason } from './http-transport.ts';
import type { Message } from './message.ts';
import { defineKind, type Outcome, type ReceiverParts } from './receiver.ts';
import { cutText, fitForm, longForm, titleOf, utf8Bytes } from './text.ts';

const MAX_SUBJECT = 60;
const MAX_TEXT_BYTES = 100_000;
/** Its own timeouts are per step; ours, over the whole try, comes first. */
const NODEMAILER_LIMIT_MS = 60_000;
/** For the goodbye, after the outcome is known. */
const CLOSE_GRACE_MS = 1_000;
/** One address and nothing else: no list, no comment, no quoted part, so no header can be made of it. */
const ADDRESS = /^[^\s<>()[\]\\,;:"@\p{C}]{1,64}@[^\s<>()[\]\\,;:"@\p{C}]{1,255}$/u;

const mailAddress = () => z.string().regex(ADDRESS, 'is not an e-mail address');

const schema = z.strictObject({
  host: z
    .string()
    .regex(/^[A-Za-z0-9._:-]{1,253}$/, 'is not a host name or address')
    .describe('SMTP server'),
  port: z.int().min(1).max(65_535).optional().describe('587, or 465 with `security: tls`, by default'),
  security: z
    .enum(['starttls', 'tls', 'none'])
    .default('starttls')
    .describe('`starttls` fails if the server does not support it'),
  user: z.string().min(1).max(255).optional(),
  password: z.string().min(1).max(1_024).optional().meta({ secret: true }),
  from: mailAddress(),
  to: z.array(mailAddress()).min(1).max(100),
  tls: tlsSetting().optional(),
});

type EmailOptions = z.output<typeof schema>;

export default defineKind({
  name: 'email',
  summary: 'E-mail over SMTP, one message a recipient',
  schema,
  pace: { rateLimits: [] },
  size: { max: MAX_TEXT_BYTES, of: 'bytes of text' },
  create(options, { clock, guard, timeoutMs }) {
    const { host, port, security, to, from, user, password } = options;
    const recipients = [...new Set(to)];
    return {
      address: `${security === 'tls' ? 'smtps' : 'smtp'}://${host}:${port ?? (security === 'tls' ? 465 : 587)}`,
      secrets:
        password === undefined ? [] : [password, Buffer.from(`\0${user}\0${password}`).toString('base64')],
      recipients,
      async send(message, signal, recipient) {
        const blocked = guard.errorOf(host);
        if (blocked !== undefined) return { kind: 'refused', reason: blocked };
        const mail = await mailOf(message, from, recipient);
        return deliver(options, { clock, guard, timeoutMs }, { from, to: recipient, mail }, signal);
      },
    };
  },
});

type Delivery = { readonly from: string; readonly to: string; readonly mail: Buffer };

async function deliver(
  options: EmailOptions,
  { clock, guard, timeoutMs }: Pick<ReceiverParts, 'clock' | 'guard' | 'timeoutMs'>,
  { from, to, mail }: Delivery,
  signal: AbortSignal,
): Promise<Outcome> {
  const { host, security, user, password, tls } = options;
  const port = options.port ?? (security === 'tls' ? 465 : 587);
  const timeout = new AbortController();
  const done = new AbortController();
  clock.sleep(timeoutMs, done.signal).then(
    () => timeout.abort(),
    () => {},
  );
  // Read to its end means that the server has the text; the final dot follows at once.
  const body = Readable.from([mail]);
  let written = false;
  body.once('end', () => {
    written = true;
  });
  let connecting: Socket | undefined;
  const transporter = nodemailer.createTransport({
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    ...(user === undefined ? {} : { auth: { user, pass: password ?? '' }, forceAuth: true }),
    tls: definedTls(tls),
    connectionTimeout: NODEMAILER_LIMIT_MS,
    greetingTimeout: NODEMAILER_LIMIT_MS,
    socketTimeout: NODEMAILER_LIMIT_MS,
    socketCloseTimeout: CLOSE_GRACE_MS,
    getSocket(_, callback) {
      const socket = connect({ host, port, lookup: guard.lookup });
      connecting = socket;
      socket.once('error', callback);
      socket.once('connect', () => {
        connecting = undefined;
        socket.removeListener('error', callback);
        callback(null, { connection: socket });
      });
    },
  });
  try {
    await transporter.sendMail({
      envelope: { from, to: [to] },
      raw: body,
      signal: AbortSignal.any([signal, timeout.signal]),
    });
    return { kind: 'sent' };
  } catch (error) {
    if (timeout.signal.aborted || signal.aborted) {
      const reason = signal.aborted
        ? 'stopped while sending'
        : `timeout: not done within ${timeoutMs / 1_000} s`;
      return written ? { kind: 'unknown', reason } : { kind: 'retry', reason };
    }
    return outcomeOfError(error, written);
  } finally {
    done.abort();
    transporter.close();
    // From its connection on the socket is nodemailer's: Node 24 crashes where one is destroyed under its TLS.
    connecting?.destroy();
    body.destroy();
  }
}

type SmtpError = Error & {
  readonly code?: string;
  readonly responseCode?: number;
  readonly response?: string;
};

/** A reply of the server decides by its class; without one it counts whether the text had gone out. */
function outcomeOfError(error: unknown, written: boolean): Outcome {
  const { code, responseCode } = error as SmtpError;
  if (code === 'EBLOCKED') return { kind: 'refused', reason: messageOf(error) };
  const reason = `${code === 'EAUTH' ? 'login failed: ' : ''}${networkReason(error)}`;
  if (responseCode !== undefined && responseCode >= 500) return { kind: 'refused', reason };
  if (responseCode !== undefined && responseCode >= 400) return { kind: 'retry', reason };
  if (code === 'ETLS' || code === 'EAUTH' || code === 'ENOAUTH') return { kind: 'refused', reason };
  return written ? { kind: 'unknown', reason } : { kind: 'retry', reason };
}

/** Domain of the sender: an id's right side must be ours. */
const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1);

export const messageId = (message: Message, from: string): string => `<${message.id}@${domainOf(from)}>`;

/** No message has this id; all of the group's, from its first alert to its end, refer to it and so form one thread. */
export function threadId({ group, groupSinceMs, receiver }: Message, from: string): string {
  const key = JSON.stringify([group, groupSinceMs, receiver]);
  return `<thread-${createHash('sha256').update(key).digest('hex').slice(0, 40)}@${domainOf(from)}>`;
}

function mailOf(message: Message, from: string, to: string): Promise<Buffer> {
  const domain = domainOf(from);
  return new Promise((resolve, reject) => {
    new MailComposer({
      from: { name: 'minimon', address: from },
      to: { name: '', address: to },
      subject: cutText(titleOf(message), MAX_SUBJECT, (text) => text.length),
      text: fitForm(longForm(message), MAX_TEXT_BYTES, utf8Bytes),
      date: new Date(message.atMs),
      messageId: messageId(message, from),
      inReplyTo: threadId(message, from),
      references: [threadId(message, from)],
      headers: {
        'Auto-Submitted': 'auto-generated',
        'X-Auto-Response-Suppress': 'All',
        'List-Id': `minimon alerts <alerts.${domain}>`,
      },
      disableFileAccess: true,
      disableUrlAccess: true,
    })
      .compile()
      .build((error, built) => (error ? reject(error) : resolve(built as Buffer)));
  });
}
