// A real SMTP server that keeps the messages it took and refuses recipients, logins and texts as it is told.
import type { Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

export type Taken = { readonly to: readonly string[]; readonly raw: string; readonly mail: ParsedMail };

export type SmtpRules = {
  /** Reply to RCPT TO by address. */
  readonly recipients?: Readonly<Record<string, { readonly code: number; readonly text: string }>>;
  /** Reply after the final dot; `hang up` closes the connection instead, `hang` says nothing. */
  readonly afterData?: { readonly code: number; readonly text: string } | 'hang up' | 'hang';
  readonly onTaken?: () => void;
  readonly user?: { readonly name: string; readonly password: string };
  readonly loginCode?: number;
  /** TLS from the first byte. */
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly starttls?: { readonly cert: string; readonly key: string };
};

export type SmtpStub = {
  readonly port: number;
  readonly taken: Taken[];
  /** Resolves with the next text. */
  next(): Promise<void>;
};

const replyOf = ({ code, text }: { readonly code: number; readonly text: string }): Error =>
  Object.assign(new Error(text), { responseCode: code });

export async function startSmtpStub(t: TestContext, rules: SmtpRules = {}): Promise<SmtpStub> {
  const taken: Taken[] = [];
  const sockets = new Set<Socket>();
  const waiting: (() => void)[] = [];
  const server = new SMTPServer({
    ...(rules.starttls ?? rules.tls ?? {}),
    secure: rules.tls !== undefined,
    disabledCommands: [...(rules.starttls ? [] : ['STARTTLS']), ...(rules.user ? [] : ['AUTH'])],
    allowInsecureAuth: true,
    authOptional: rules.user === undefined,
    logger: false,
    onAuth({ username, password }, _, callback) {
      if (username === rules.user?.name && password === rules.user?.password) {
        return callback(null, { user: username! });
      }
      callback(replyOf({ code: rules.loginCode ?? 535, text: `no login for ${username}` }));
    },
    onRcptTo({ address }, _, callback) {
      const rule = rules.recipients?.[address];
      callback(rule ? replyOf(rule) : null);
    },
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const raw = Buffer.concat(chunks);
        const { afterData } = rules;
        simpleParser(raw).then((mail) => {
          taken.push({
            to: session.envelope.rcptTo.map(({ address }) => address),
            raw: raw.toString('utf8'),
            mail,
          });
          rules.onTaken?.();
          for (const wake of waiting.splice(0)) wake();
          if (afterData === 'hang') return;
          if (afterData === 'hang up') {
            for (const socket of sockets) socket.destroy();
            return;
          }
          callback(afterData ? replyOf(afterData) : null);
        }, callback);
      });
    },
  });
  server.on('error', () => {});
  server.server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const port = await new Promise<number>((listening) => {
    const listener = server.listen(0, '127.0.0.1', () => {
      const address = listener.address();
      listening(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  t.after(async () => {
    // Under TLS the server closes them itself: Node crashes where a socket is destroyed under its TLS.
    if (!rules.tls && !rules.starttls) for (const socket of sockets) socket.destroy();
    await new Promise<void>((closed) => server.close(() => closed()));
  });
  return { port, taken, next: () => new Promise((resolve) => waiting.push(resolve)) };
}
