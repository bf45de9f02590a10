// Calls to a real worker thread: answers, errors, pieces, cancelling, and its death.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { ExpectedError } from '../../src/domain/errors.ts';
import { createCaller, serveCalls, startWorker } from '../../src/runtime/worker-call.ts';
import { until } from '../until.ts';

type EchoCall = { readonly op: string; readonly bytes?: Uint8Array };

async function startEcho(t: TestContext, workerData?: string) {
  const events: string[] = [];
  const deaths: string[] = [];
  const thread = await startWorker<EchoCall, string>({
    url: new URL('./echo-worker.ts', import.meta.url),
    name: 'echo',
    workerData,
    onEvent: (event: string) => events.push(event),
    onDeath(error) {
      deaths.push(error.message);
      return new ExpectedError('UNAVAILABLE', `the echo is gone: ${error.message}`);
    },
  });
  t.after(() => thread.end(new Error('over')));
  return { thread, events, deaths };
}

test('a call is answered, its buffers change hands both ways, and events come in their place', async (t) => {
  const { thread, events } = await startEcho(t);
  assert.equal(thread.opened, 'opened');
  assert.deepEqual(events, ['opening']);
  const bytes = new Uint8Array([7, 2, 5]);
  const answer = await thread.call<EchoCall>({ op: 'echo', bytes }, { transfer: [bytes.buffer] });
  assert.deepEqual(answer, { op: 'echo', bytes: new Uint8Array([7, 2, 5]) });
  assert.equal(bytes.byteLength, 0);
});

test('errors keep code and hint; what is a bug stays one and tells its stack', async (t) => {
  const { thread } = await startEcho(t);
  await assert.rejects(thread.call({ op: 'refuse' }), {
    code: 'BUS_FULL',
    message: 'there is no room',
    hint: 'Make room.',
  });
  await assert.rejects(
    thread.call({ op: 'break' }),
    (error: Error) =>
      !(error instanceof ExpectedError) && /not a function\n.+echo-worker/s.test(error.message),
  );
});

test('a thread that cannot open says why', async (t) => {
  await assert.rejects(startEcho(t, 'locked'), { code: 'DATA_IN_USE', hint: 'Wait.' });
});

test('pieces come in order, and the server waits while two are on their way', async (t) => {
  const { thread } = await startEcho(t);
  const pieces: number[] = [];
  const before = thread.call<number>({ op: 'made' });
  const answer = thread.call<string>({ op: 'count' }, { onPiece: (piece: number) => pieces.push(piece) });
  // Asked right behind: the server has made two pieces and stands still until the first was received.
  const meanwhile = thread.call<number>({ op: 'made' });
  assert.equal(await before, 0);
  assert.equal(await meanwhile, 2);
  assert.equal(await answer, 'all');
  assert.deepEqual(pieces, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test('an aborted call rejects at once and ends at the server', async (t) => {
  const { thread, events } = await startEcho(t);
  const leaving = new AbortController();
  const counting = thread.call(
    { op: 'count' },
    { signal: leaving.signal, onPiece: () => leaving.abort(new Error('the client left')) },
  );
  await assert.rejects(counting, /the client left/);
  await until('the server noticed', () => events.includes('cancelled'));
  await assert.rejects(thread.call({ op: 'echo' }, { signal: leaving.signal }), /the client left/);
  assert.deepEqual(await thread.call({ op: 'echo' }), { op: 'echo', bytes: undefined });
});

test('a death rejects what waits and what comes after, and is told once', async (t) => {
  const { thread, deaths } = await startEcho(t);
  const calls = [thread.call({ op: 'die' }), thread.call({ op: 'echo' })];
  for (const call of calls) {
    await assert.rejects(call, { code: 'UNAVAILABLE', message: /gone: the thread ended \(code 3\)/ });
  }
  await assert.rejects(thread.call({ op: 'echo' }), { code: 'UNAVAILABLE' });
  assert.match(thread.dead()!.message, /code 3/);
  assert.equal(deaths.length, 1);
});

test('an end on purpose is no death, and rejects with its own reason', async (t) => {
  const { thread, deaths } = await startEcho(t);
  const counting = thread.call({ op: 'count' });
  const ended = thread.end(new ExpectedError('UNAVAILABLE', 'shutting down'));
  await assert.rejects(counting, /shutting down/);
  await ended;
  assert.equal(thread.dead(), undefined);
  assert.deepEqual(deaths, []);
});

test('both sides of one port may call and answer at the same time', async () => {
  const { port1, port2 } = new MessageChannel();
  try {
    const [left, right] = [createCaller<string>(port1), createCaller<string>(port2)];
    serveCalls<string>(port1, (call) => `left answers ${call}`);
    serveCalls<string>(port2, (call) => `right answers ${call}`);
    assert.deepEqual(await Promise.all([left.call('a'), right.call('b')]), [
      'right answers a',
      'left answers b',
    ]);
  } finally {
    port1.close();
  }
});
