// A signal that aborts with its parent until it is released.
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { createChildSignal } from '../../src/runtime/child-signal.ts';

test('it aborts with its parent and for the same reason, also where that was aborted before', () => {
  const parent = new AbortController();
  const before = createChildSignal(parent.signal);
  assert.equal(before.signal.aborted, false);
  parent.abort('gone');
  const after = createChildSignal(parent.signal);
  assert.deepEqual([before.signal.reason, after.signal.reason], ['gone', 'gone']);
});

test('it aborts by itself, with a parent or without, and its parent goes on', () => {
  const parent = new AbortController();
  for (const signal of [parent.signal, undefined]) {
    const child = createChildSignal(signal);
    child.abort('enough');
    assert.equal(child.signal.reason, 'enough');
  }
  assert.equal(parent.signal.aborted, false);
});

test('once released it is not aborted by its parent, who keeps nothing of it', () => {
  const parent = new AbortController();
  const child = createChildSignal(parent.signal);
  child.release();
  assert.equal(getEventListeners(parent.signal, 'abort').length, 0);
  parent.abort('gone');
  assert.equal(child.signal.aborted, false);
});
