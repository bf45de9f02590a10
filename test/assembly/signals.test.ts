// How a process ends: on a signal, on a second one, on a fatal error, in time, and whatever a driver has left open.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Supervised, superviseUntilSignal } from '../../src/assembly/signals.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';

const SUPERVISE = join(import.meta.dirname, '../../src/assembly/signals.ts');
const LOGGING = join(import.meta.dirname, '../../src/runtime/logging.ts');

/** Something supervised with a process and a clock of the test's own. */
async function supervised(thing: Partial<Supervised> = {}) {
  const emitter = new EventEmitter();
  const events: (string | number)[] = [];
  const clock = createVirtualClock(0);
  const fatal = Promise.withResolvers<Error>();
  const code = superviseUntilSignal(
    {
      start: async () => void events.push('start'),
      stop: async () => void events.push('stop'),
      ...thing,
    },
    {
      logger: silentLogger,
      fatal: fatal.promise,
      onStarted: () => events.push('started'),
      onStopping: (signal) => events.push(signal),
      process: {
        on: (signal, listener) => emitter.on(signal, listener),
        off: (signal, listener) => emitter.off(signal, listener),
        exit: (exitCode) => events.push(exitCode),
      },
      clock,
    },
  );
  code.catch(() => {});
  const turn = () => new Promise(setImmediate);
  await turn();
  const signal = (name: NodeJS.Signals) => {
    emitter.emit(name, name);
    return turn();
  };
  const fail = (error: Error) => {
    fatal.resolve(error);
    return turn();
  };
  return { code, events, clock, fail, signal, emitter };
}

/** The code, or `running` where it has none after what is due had its turn. */
async function outcome(code: Promise<number>): Promise<number | 'running'> {
  const turn = new Promise<'running'>((resolve) => setImmediate(() => setImmediate(resolve, 'running')));
  return Promise.race([code, turn]);
}

for (const name of ['SIGINT', 'SIGTERM'] as const) {
  test(`${name} stops it, and the process ends with 0`, async () => {
    const { code, events, signal, emitter } = await supervised();
    assert.equal(await outcome(code), 'running');
    await signal(name);
    assert.equal(await outcome(code), 0);
    assert.deepEqual(events, ['start', 'started', name, 'stop']);
    assert.equal(emitter.listenerCount(name), 0);
  });
}

test('a fatal error stops it, and the process ends with 70', async () => {
  const { code, events, fail } = await supervised();
  await fail(new Error('the consumer stopped'));
  assert.equal(await outcome(code), 70);
  assert.deepEqual(events, ['start', 'started', 'stop']);
});

test('a second signal within half a second is the same Ctrl-C, a later one exits at once', async () => {
  for (const [name, exitCode] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    const { code, events, clock, signal } = await supervised({ stop: () => new Promise(() => {}) });
    await signal('SIGTERM');
    await clock.advanceTo(500);
    await signal(name);
    assert.deepEqual(events.slice(2), ['SIGTERM']);
    await clock.advanceTo(501);
    await signal(name);
    assert.deepEqual(events.slice(2), ['SIGTERM', exitCode]);
    await clock.advanceTo(25_000);
    await code;
  }
});

test('a fatal error during the start is that error, whatever the start makes of it', async () => {
  const starting = Promise.withResolvers<void>();
  const { code, events, fail } = await supervised({ start: () => starting.promise });
  const failed = fail(new Error('a thread died'));
  starting.reject(new Error('the store does not answer'));
  await failed;
  assert.equal(await outcome(code), 70);
  assert.deepEqual(events, ['stop']);
});

test('what does not stop within 25 s is left behind, after a signal and after a fatal error', async () => {
  const never = { stop: () => new Promise<void>(() => {}) };
  const signalled = await supervised(never);
  await signalled.signal('SIGTERM');
  await signalled.clock.advanceTo(24_999);
  assert.equal(await outcome(signalled.code), 'running');
  await signalled.clock.advanceTo(25_000);
  assert.equal(await outcome(signalled.code), 0);

  const broken = await supervised(never);
  await broken.fail(new Error('the consumer stopped'));
  await broken.clock.advanceTo(25_000);
  assert.equal(await outcome(broken.code), 70);
});

test('a failed start is the error of the whole', async () => {
  const { code } = await supervised({ start: () => Promise.reject(new Error('the port is taken')) });
  await assert.rejects(code, { message: 'the port is taken' });
});

test('a signal during the start stops it, and the start is waited for', async () => {
  const starting = Promise.withResolvers<void>();
  const { code, events, signal } = await supervised({ start: () => starting.promise });
  await signal('SIGTERM');
  assert.equal(await outcome(code), 'running');
  assert.deepEqual(events, ['SIGTERM', 'stop']);
  starting.reject(new Error('interrupted'));
  assert.equal(await outcome(code), 0);
});

test('a stopped process ends with 0 although a listener was forgotten', { timeout: 60_000 }, async () => {
  const script = `
    import { createServer } from 'node:net';
    import { superviseUntilSignal } from ${JSON.stringify(SUPERVISE)};
    import { silentLogger } from ${JSON.stringify(LOGGING)};
    const thing = { async start() { createServer().listen(0, '127.0.0.1'); }, async stop() {} };
    process.exitCode = await superviseUntilSignal(thing, {
      logger: silentLogger,
      onStarted: () => process.stdout.write('started'),
    });
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});
