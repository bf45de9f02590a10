// host:port read and written, IPv6 in brackets.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bareHost, formatAddress, isAddress, isLoopback, parseAddress } from '../../src/domain/address.ts';

test('names, IPv4 and bracketed IPv6 are read and written back', () => {
  for (const text of ['web-1.example:8000', '127.0.0.1:0', '[::1]:65535']) {
    assert.equal(formatAddress(parseAddress(text)), text);
  }
  assert.deepEqual(parseAddress(' [fe80::1]:80 '), { host: 'fe80::1', port: 80 });
});

test('what is no address is BAD_CONFIG and says how one looks', () => {
  for (const text of ['', 'web-1', ':80', 'web-1:', '::1:80', '[::1]', 'a:65536', 'http://a:80', 'a b:80']) {
    assert.equal(isAddress(text), false, text);
    assert.throws(() => parseAddress(text), { code: 'BAD_CONFIG', hint: /127\.0\.0\.1:8000/ });
  }
});

test('loopback is localhost, 127.0.0.0/8 and ::1, and nothing that only looks so', () => {
  for (const host of ['localhost', 'LocalHost', '127.0.0.1', '127.255.1.2', '::1', '[::1]'])
    assert.equal(isLoopback(host), true, host);
  for (const host of [
    '127.0.0.256',
    '127.0.0.1000',
    '127.1',
    '127.0.0.1.example.org',
    '::11',
    '10.0.0.1',
    '',
  ])
    assert.equal(isLoopback(host), false, host);
});

test('the brackets of an IPv6 address are taken off, and nothing else', () => {
  assert.equal(bareHost('[::1]'), '::1');
  for (const host of ['::1', 'web-1', '[::1', '']) assert.equal(bareHost(host), host);
});
