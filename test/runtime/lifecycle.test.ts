// What was started is stopped: newest first, once, and whatever one of the stops does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLifecycle } from '../../src/runtime/lifecycle.ts';

function recorded(boundMs?: number) {
  const stopped: string[] = [];
  const errors: string[] = [];
  const lifecycle = createLifecycle({
    onError: (message) => errors.push(message),
    ...(boundMs !== undefined && { boundMs }),
  });
  const own = (name: string) => lifecycle.own(name, name, (part) => void stopped.push(part));
  return { lifecycle, own, stopped, errors };
}

test('the newest is stopped first, and each before the one it was started after', async () => {
  const { lifecycle, own, stopped } = recorded();
  own('database');
  lifecycle.own('listener', {}, async () => {
    await new Promise(setImmediate);
    stopped.push('listener');
  });
  own('readiness');
  await lifecycle.stop();
  assert.deepEqual(stopped, ['readiness', 'listener', 'database']);
});

test('own returns what it was given', () => {
  const part = { a: 1 };
  assert.equal(
    createLifecycle().own('part', part, () => {}),
    part,
  );
});

test('stopping twice, also at the same time, stops each once', async () => {
  const { lifecycle, own, stopped } = recorded();
  own('listener');
  await Promise.all([lifecycle.stop(), lifecycle.stop()]);
  await lifecycle.stop();
  assert.deepEqual(stopped, ['listener']);
});

test('a stop that fails is reported, and the others still run', async () => {
  const { lifecycle, own, stopped, errors } = recorded();
  own('database');
  lifecycle.own('socket', undefined, () => {
    throw new Error('already closed');
  });
  lifecycle.own('listener', undefined, () => Promise.reject(new Error('busy')));
  await lifecycle.stop();
  assert.deepEqual(stopped, ['database']);
  assert.deepEqual(errors, ['listener failed to stop: busy', 'socket failed to stop: already closed']);
});

test('a stop that never ends is reported after its bound, and the others still run', async () => {
  const { lifecycle, own, stopped, errors } = recorded(10);
  own('database');
  lifecycle.own('listener', undefined, () => new Promise<void>(() => {}));
  await lifecycle.stop();
  assert.deepEqual(stopped, ['database']);
  assert.deepEqual(errors, ['listener did not stop within 0.01 s']);
});

test('what is registered while stopping is stopped too', async () => {
  const { lifecycle, own, stopped } = recorded();
  lifecycle.own('starter', undefined, () => void own('late'));
  await lifecycle.stop();
  assert.deepEqual(stopped, ['late']);
});
