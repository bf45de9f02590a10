// What removes something asks, by one rule: a question on a terminal, --yes where nobody can be asked.
import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import AlertsAdd from '../../src/commands/alerts/add.ts';
import AlertsRemove from '../../src/commands/alerts/remove.ts';
import ReceiversAdd from '../../src/commands/receivers/add.ts';
import ReceiversRemove from '../../src/commands/receivers/remove.ts';
import TokensCreate from '../../src/commands/tokens/create.ts';
import TokensRevoke from '../../src/commands/tokens/revoke.ts';
import { alertBackends } from '../warn/alert-parts.ts';
import { runCommand } from './run-in-process.ts';

test('every command that removes, revokes or ends something takes --yes', async () => {
  const files = globSync('src/commands/**/{remove,revoke,expire,unassign,undo,retry,uninstall}.ts');
  assert.ok(files.length >= 9, String(files));
  for (const file of files) {
    const { default: command } = await import(resolve(file));
    assert.equal(command.flags.yes?.char, 'y', file);
  }
});

const CASES = [
  {
    add: [AlertsAdd, ['hot', 'cpu.usage > 90', '--no-backtest']],
    remove: [AlertsRemove, 'hot', 'hott'],
    asks: 'remove rule hot: cpu.usage > 90',
    asked: /Remove rule hot: cpu.usage > 90\?/,
    done: /^hot: removed\n/,
  },
  {
    add: [ReceiversAdd, ['ops', 'webhook']],
    remove: [ReceiversRemove, 'ops', 'opps'],
    asks: 'remove receiver ops, webhook at http://127.0.0.1:9/...',
    asked: /Remove receiver ops, webhook at/,
    done: /^ops: removed\n/,
  },
  {
    add: [TokensCreate, ['ci', '--scope', 'read']],
    remove: [TokensRevoke, 'ci', 'cii'],
    asks: 'revoke token ci (mm_',
    asked: /Revoke token ci \(mm_.*which may read\?/,
    done: /^ci \(mm_[0-9a-f]{12}\) is revoked/,
  },
] as const;

for (const { add, remove, asks, asked, done } of CASES) {
  const [command, name, typo] = remove;
  test(`${asks}: asked on a terminal, refused on a pipe, done with --yes`, async () => {
    const { manage } = await alertBackends();
    const input = '{"url":"http://127.0.0.1:9/hook"}';
    assert.equal((await runCommand(add[0], add[1], { manage, input })).exit, 0);
    const piped = await runCommand(command, [name], { manage });
    assert.deepEqual([piped.exit, piped.error?.code], [2, 'NEEDS_CONFIRMATION']);
    assert.ok(piped.error!.message.startsWith(`this would ${asks}`), piped.error!.message);
    const no = await runCommand(command, [name], { manage, terminal: true, answers: [[asked, '\r']] });
    assert.deepEqual([no.exit, no.stderr], [0, 'Nothing was changed.\n']);
    const unknown = await runCommand(command, [typo], { manage, terminal: true });
    assert.equal(unknown.exit, 3, 'what is not there is not asked for');
    const yes = await runCommand(command, [name], { manage, terminal: true, answers: [[asked, 'y\r']] });
    assert.match(yes.stderr, done);
    assert.notEqual((await runCommand(command, [name], { manage })).exit, 2, 'what is gone is not asked for');
  });
}
