// The join token of an agent, from the file that minimon hosts enroll printed, from one that is gone, and from none.
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadConfig } from '../../src/assembly/config-load.ts';
import { readJoinToken } from '../../src/assembly/join-text.ts';
import { makeToken } from '../../src/runtime/token.ts';
import { temporary } from './installed-program.ts';

const CA = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';

const joinTokenOf = async (environment: Record<string, string>) => {
  const { config } = await loadConfig({ environment, file: '/dev/null' });
  return readJoinToken(config.agent);
};

test('the file as it was printed will do: the token, with the certificate below it or without', async () => {
  const path = join(temporary('join'), 'join.token');
  const { text } = makeToken();
  for (const printed of [text, `${text}\n`, `${text}\n${CA}`, `${text}\r\n${CA.replaceAll('\n', '\r\n')}`]) {
    writeFileSync(path, printed);
    assert.deepEqual(await joinTokenOf({ MINIMON_AGENT_JOIN_TOKEN_FILE: path }), { joinToken: text });
  }
  assert.deepEqual(await joinTokenOf({ MINIMON_AGENT_JOIN_TOKEN: `${text}\n${CA}` }), { joinToken: text });
});

test('one that is gone, empty or another text is said, and left to the credential to judge', async () => {
  const path = join(temporary('join'), 'join.token');
  const environment = { MINIMON_AGENT_JOIN_TOKEN_FILE: path };
  for (const text of ['', '\n', 'nonsense\n', `${makeToken().text}\nnonsense\n`, CA]) {
    writeFileSync(path, text);
    const { joinToken, noJoinToken } = await joinTokenOf(environment);
    assert.deepEqual([joinToken, noJoinToken?.code], [undefined, 'BAD_CONFIG'], text);
    assert.match(
      noJoinToken?.message ?? '',
      /agent\.join_token_file: \S+ is not the output of minimon hosts enroll/,
    );
    assert.match(noJoinToken?.hint ?? '', /first line must be the join token/);
  }
  writeFileSync(path, Buffer.from([0xff, 0xfe]));
  assert.equal((await joinTokenOf(environment)).noJoinToken?.code, 'BAD_CONFIG');
  rmSync(path);
  const { noJoinToken } = await joinTokenOf(environment);
  assert.equal(noJoinToken?.code, 'FILE_MISSING');
  assert.match(
    noJoinToken?.message ?? '',
    /agent\.join_token_file: cannot read \S+join\.token: no such file/,
  );
});

test('without one there is none', async () => {
  assert.deepEqual(await joinTokenOf({}), {});
});
