// A stream ends when the token that opened it is revoked or ends, and not because of anybody else's.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createGate } from '../../src/api/gate.ts';
import { createGrpcClient } from '../../src/api/grpc/client.ts';
import { createGrpcServer } from '../../src/api/grpc/server.ts';
import { apiGrpcService } from '../../src/api/grpc/service.ts';
import { manageApi } from '../../src/api/manage.ts';
import { seedManage } from '../../src/api/seed/calls.ts';
import type { KnownToken } from '../../src/api/tokens.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { makeToken } from '../../src/runtime/token.ts';
import { owned } from '../report/ticks.ts';
import { until } from '../until.ts';
import { daemonParts, memoryManage } from './memory-services.ts';

const NOW = Date.parse('2026-11-25T09:00:00Z');

async function served() {
  const made = ['one', 'two'].map((name) => ({ name, ...makeToken() }));
  const clock = { nowMs: NOW };
  const listeners = new Set<() => void>();
  const known = new Map<string, KnownToken>(
    made.map(({ id, name, hash }) => [id, { id, name, hash: hash.toString('hex'), scopes: ['service'] }]),
  );
  const gate = createGate({
    tokens: {
      ...{ find: (id) => known.get(id), refresh: async () => {}, used() {} },
      onAsked(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
    ...{ insecure: false, nowMs: () => clock.nowMs },
  });
  const open = new Set<AbortSignal>();
  const service = {
    ...memoryManage(),
    async *watchAlertConfiguration(_request: object, signal: AbortSignal) {
      open.add(signal);
      yield* memoryManage().watchAlertConfiguration({}, signal);
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      open.delete(signal);
    },
  };
  const services = [apiGrpcService(manageApi, service, seedManage(service))];
  const server = owned(
    createGrpcServer({ address: '127.0.0.1:0', services, gate, ...daemonParts(), logger: silentLogger }),
  );
  const address = await server.start();
  /** Its first answer has come; `end` is what it ended with. */
  async function watch(name: string) {
    const { text } = made.find((token) => token.name === name)!;
    const client = owned(
      createGrpcClient(manageApi, { address, bearer: { token: () => text, insecure: false } }),
    );
    const answers = client.watchAlertConfiguration({}, new AbortController().signal)[Symbol.asyncIterator]();
    await answers.next();
    const stream = { end: undefined as string | undefined };
    answers.next().then(
      () => {
        stream.end = 'no error';
      },
      (error: { readonly code: string }) => {
        stream.end = error.code;
      },
    );
    return stream;
  }
  const idOf = (name: string) => made.find((token) => token.name === name)!.id;
  const asked = () => {
    for (const listener of [...listeners]) listener();
  };
  return { watch, known, idOf, asked, clock, open, listeners };
}

test('of two streams the one whose token was revoked ends, as not authenticated', async () => {
  const { watch, known, idOf, asked, open, listeners } = await served();
  const [one, two] = [await watch('one'), await watch('two')];
  asked();
  known.delete(idOf('one'));
  asked();
  await until('the stream ended', () => one.end !== undefined);
  assert.equal(one.end, 'UNAUTHENTICATED');
  await until('its work ended', () => open.size === 1);
  assert.deepEqual([two.end, listeners.size], [undefined, 1]);
});

test('and so does one whose token has ended, also while manage is away', async () => {
  const { watch, known, idOf, asked, clock } = await served();
  known.set(idOf('one'), { ...known.get(idOf('one'))!, endsMs: NOW + 10 });
  const one = await watch('one');
  clock.nowMs = NOW + 9;
  asked();
  clock.nowMs = NOW + 10;
  asked();
  await until('the stream ended', () => one.end !== undefined);
  assert.equal(one.end, 'UNAUTHENTICATED');
});
