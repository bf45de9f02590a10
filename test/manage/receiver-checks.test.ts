// Receivers in manage: one that cannot be opened hides no other; the rules that name one are named, ten of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alertBackends } from '../warn/alert-parts.ts';

const options = JSON.stringify({ url: 'https://hooks.example.org/x' });

test('a receiver of an unknown kind is listed with the reason, beside the others', async () => {
  const { manage, catalog } = await alertBackends();
  const good = await manage.putReceiver({ name: 'good', kind: 'slack', options });
  const { receivers } = await catalog.alertConfiguration.read();
  const record = { ...receivers[0]!, name: 'later', kind: 'pigeon' };
  const put = { kind: 'receiver' as const, name: 'later', record, action: 'receiver.add', detail: {} };
  await catalog.alertConfiguration.change(() => [put], 'a newer version');
  const [first, second] = await manage.listReceivers();
  assert.deepEqual(first, good);
  assert.match(second!.address, /^cannot be used: .*pigeon/);
});

test('a receiver that many rules name is kept, and the first ten are named', async () => {
  const { manage } = await alertBackends();
  await manage.putReceiver({ name: 'ops', kind: 'slack', options });
  const rules = Array.from({ length: 12 }, (_, i) => ({
    name: `r${String(i).padStart(2, '0')}`,
    expression: 'cpu.usage > 90',
    notify: ['ops'],
  }));
  await manage.applyRules({ rules, sources: [] });
  await assert.rejects(manage.removeReceiver({ name: 'ops' }), {
    code: 'RECEIVER_IN_USE',
    message: /used by r00, .*r09 and 2 more$/,
  });
});
