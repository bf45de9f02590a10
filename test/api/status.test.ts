// Error kinds and statuses, one table for both wires.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  codeOfGrpcStatus,
  codeOfHttpStatus,
  fromWire,
  grpcStatusOf,
  httpStatusOf,
  wireError,
} from '../../src/api/status.ts';
import { formatAddress, parseAddress } from '../../src/domain/address.ts';
import { ERRORS, type ErrorCode, ExpectedError } from '../../src/domain/errors.ts';

const codes = Object.keys(ERRORS) as ErrorCode[];

test('every error goes out and comes back as the same error', () => {
  for (const code of codes) {
    for (const hint of ['do this', undefined]) {
      const error = new ExpectedError(code, 'what happened', { hint });
      const wire = JSON.parse(JSON.stringify(wireError(error))) as ReturnType<typeof wireError>;
      const back = fromWire(wire, 'INTERNAL');
      assert.deepEqual([back.code, back.message, back.hint], [code, 'what happened', hint]);
    }
  }
});

test('every kind has an error status on both wires, and a status without our code gives an error of that status', () => {
  for (const code of codes) {
    const { kind } = ERRORS[code];
    const [grpc, http] = [grpcStatusOf(kind), httpStatusOf(kind)];
    assert.ok(grpc >= 1 && grpc <= 16);
    assert.ok(http >= 400 && http < 600);
    // A 404 of a proxy says nothing about hosts: it is a path that is not served.
    if (kind !== 'not_found') {
      assert.equal(httpStatusOf(ERRORS[codeOfHttpStatus(http)].kind), http);
      assert.equal(grpcStatusOf(ERRORS[codeOfGrpcStatus(grpc)].kind), grpc);
    }
  }
});

test('a code of a later version falls back to what its status says', () => {
  assert.equal(fromWire({ code: 'FROM_THE_FUTURE', message: 'x' }, 'UNAVAILABLE').code, 'UNAVAILABLE');
  assert.equal(fromWire({ code: 'constructor', message: 'x' }, 'UNAVAILABLE').code, 'UNAVAILABLE');
});

test('addresses are read and written alike, with names and both families of IP', () => {
  for (const [text, host, port] of [
    ['127.0.0.1:8000', '127.0.0.1', 8000],
    ['web-1.example:0', 'web-1.example', 0],
    ['[::1]:65535', '::1', 65535],
  ] as const) {
    assert.deepEqual(parseAddress(text), { host, port });
    assert.equal(formatAddress({ host, port }), text);
  }
  for (const text of ['', 'x', ':1', 'x:', 'x:65536', '::1:8000', 'http://x:1', 'x:1/y', 'a b:1', 'x:1e3']) {
    assert.throws(() => parseAddress(text), { code: 'BAD_CONFIG' }, text);
  }
});
