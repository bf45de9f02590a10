// host:port read and written, IPv6 in brackets.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatAddress, isAddress, parseAddress } from '../../src/domain/address.ts';

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
