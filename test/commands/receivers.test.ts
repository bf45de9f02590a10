// receivers list, test and route: what they print, what they ask for, how they end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import ReceiversList from '../../src/commands/receivers/list.ts';
import ReceiversRoute from '../../src/commands/receivers/route.ts';
import ReceiversTest from '../../src/commands/receivers/test.ts';
import { memoryManage } from '../api/memory-services.ts';
import { memoryWarn } from '../api/memory-warn.ts';
import { runCommand } from './run-in-process.ts';

const lines = (text: string) => text.split('\n').map((line) => line.trimEnd());
const warn = memoryWarn();
const manage = memoryManage();
const sent = [{ recipient: 'a@example.org', outcome: 'sent' as const }];

test('receivers list: who is behind, since when and why; without warn the rest is shown', async () => {
  const { stdout, exit } = await runCommand(ReceiversList, [], { manage, warn });
  assert.deepEqual(lines(stdout), [
    'RECEIVER  KIND     ADDRESS                        ROUTE  DEFAULT  STATE   OWED  SINCE                     ERROR',
    'ops       webhook  https://hooks.example/...1234  -      yes      behind     2  2026-03-01T11:00:00.123Z  connect ECONNREFUSED 127.0.0.1:1',
    '',
  ]);
  assert.equal(exit, 0);
  const down = {
    ...warn,
    listReceiverHealth: () => Promise.reject(new Error('warn is unreachable')),
  };
  const without = await runCommand(ReceiversList, [], { manage, warn: down });
  assert.doesNotMatch(without.stdout, /OWED/);
  assert.match(without.stdout, /^ops .* - *$/m);
  assert.equal(without.stderr, 'The states of receivers are not available: warn is unreachable\n');
  assert.equal(without.exit, 0);
});

test('receivers test: all took it', async () => {
  const all = {
    ...warn,
    testReceiver: async () => ({ ...(await warn.testReceiver('mail')), results: sent }),
  };
  for (const terminal of [true, false]) {
    const { stdout, exit } = await runCommand(ReceiversTest, ['mail'], { warn: all, terminal });
    assert.deepEqual(lines(stdout), [
      'RECEIVER  TO             OUTCOME  ANSWER',
      'mail      a@example.org  sent     -',
      '',
    ]);
    assert.equal(exit, 0);
  }
});

test('receivers test: who did not take it and why, and an exit code of its own', async () => {
  const some = await runCommand(ReceiversTest, ['mail', '--json'], { warn });
  assert.deepEqual(JSON.parse(some.stdout), [
    { receiver: 'mail', kind: 'email', recipient: 'a@example.org', outcome: 'sent', text: null },
    {
      receiver: 'mail',
      kind: 'email',
      recipient: 'b@example.org',
      outcome: 'refused',
      text: '550 no such user',
    },
  ]);
  assert.equal(some.exit, 7);
  const results = [{ recipient: 'https://robot/', outcome: 'refused' as const, text: 'errcode 310000' }];
  const none = await runCommand(ReceiversTest, ['robot'], {
    warn: {
      ...warn,
      testReceiver: async (receiver) => ({ receiver, kind: 'dingtalk', address: '', results }),
    },
  });
  assert.equal(none.exit, 6);
  assert.equal(none.error?.message, 'robot did not accept the test message: errcode 310000');
});

test('receivers route: who would be told and why, and that a silence covers it', async () => {
  const { stdout, stderr, exit } = await runCommand(
    ReceiversRoute,
    ['location=725', 'severity=critical', '-o', 'wide'],
    { warn },
  );
  assert.deepEqual(lines(stdout), [
    'RECEIVER  KIND     TOLD  WHY',
    'ops       webhook  yes   its route matches: location=725, severity=critical',
    'mail      email    no    it has no route',
    '',
  ]);
  assert.equal(stderr, 'No receiver is notified: silenced by ada\n');
  assert.equal(exit, 0);
});
