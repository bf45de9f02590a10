// What the network did to a call, in the same words whatever was called.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectionWords } from '../../src/domain/errors.ts';

const failed = (message: string, more: object) => Object.assign(new Error(message), more);

test('a refused connection and a call that took too long are said in words', () => {
  assert.equal(
    connectionWords(failed('connect ECONNREFUSED ::1:1', { code: 'ECONNREFUSED' })),
    'connection refused',
  );
  for (const name of ['TimeoutError', 'AbortError', 'RequestTimedOutError'])
    assert.equal(connectionWords(failed('', { name })), 'timed out', name);
});

test('of several addresses that failed the first is said', () => {
  const both = new AggregateError([failed('', { code: 'ECONNREFUSED' }), failed('no route', {})]);
  assert.equal(connectionWords(both), 'connection refused');
});

test('anything else has its message, else its code, its cause or its name', () => {
  assert.equal(connectionWords(failed('no route to host', { code: 'EHOSTUNREACH' })), 'no route to host');
  assert.equal(connectionWords(failed('', { code: 'EPIPE' })), 'EPIPE');
  assert.equal(connectionWords(failed('', { cause: failed('cut', {}) })), 'cut');
  assert.equal(connectionWords('gone'), 'gone');
});
