// One warn tells and another one is ready: killed, held up past its lease, cut off from the catalog, and both of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { standbyWorld, startStandby } from './standby-world.ts';

async function two() {
  const at = await standbyWorld(['a', 'b', 'c', 'd']);
  const first = await startStandby(at, 'first');
  await at.passUntil('the first tells', first.tells);
  const second = await startStandby(at, 'second');
  await at.pass(5_000);
  return { ...at, first, second };
}

const titles = (told: readonly { readonly title: string }[]) =>
  told.map(({ title }) => title.replace(/^\[(\w+).*\] */, '$1 '));

test('the one that was first tells, the other one says who does and lists the same alerts', async () => {
  const { first, second, told, send, passUntil, pass } = await two();
  await send(95, ['a']);
  await passUntil('it is told', () => told.length === 1);
  await pass(3_000);
  assert.equal(told.length, 1);
  assert.equal((await first.status()).role, 'active');
  const status = await second.status();
  assert.deepEqual([status.role, status.lease_holder, status.telling], ['standby', 'first', false]);
  const { alerts, warnings } = await second.alerts();
  assert.deepEqual(
    alerts.map(({ host }) => host),
    ['a'],
  );
  assert.match(warnings.join(), /this warn stands by: first is active/);
  const ready = await second.readyz();
  assert.equal(ready.status, 200);
  assert.match(ready.body, /stands by: first/);
});

test('killed, the next one tells the first new fact within 10 s, nothing twice, and the end of what was told', async () => {
  const { first, second, told, send, pass, passUntil, catalog } = await two();
  await send(95, ['a']);
  await passUntil('it is told', () => told.length === 1);
  await pass(3_000);
  first.kill();
  await send(95, ['b']);
  const tookMs = await passUntil('the next one tells', () => told.length === 2);
  assert.ok(tookMs <= 10_000, `${tookMs} ms`);
  assert.match(told[1]!.title, /FIRING.*b/);
  assert.equal((await second.status()).role, 'active');
  await send(20, ['a']);
  await passUntil('the end of what the first one told', () => told.length === 3);
  assert.equal(told[2]!.status, 'resolved');
  await pass(30_000);
  assert.equal(told.length, 3);
  const history = await catalog.alertHistory.list({ limit: 100 });
  const of = (kind: string) =>
    history.filter((entry) => entry.kind === kind).map(({ subjects }) => subjects[0]?.host);
  assert.deepEqual(of('firing').sort(), ['a', 'b']);
  assert.deepEqual(of('resolved'), ['a']);
});

test('killed between a message and its storing, the next one tells at most the same once more under the same key', async () => {
  const { first, told, send, pass, passUntil, clock } = await two();
  const startMs = clock.nowMs();
  await send(95, ['a']);
  await passUntil('it is told', () => told.length === 1);
  first.kill();
  await pass(20_000);
  assert.ok(told.length <= 2, titles(told).join());
  for (const one of told) assert.equal(one.id, told[0]!.id);
  await send(20, ['a']);
  await passUntil('its end', () => told.at(-1)!.status === 'resolved');
  assert.ok(clock.nowMs() - startMs < 600_000);
});

test('held up past its lease, it tells nothing when it goes on, and stands by', async () => {
  const { first, second, told, send, pass, passUntil } = await two();
  await send(95, ['a']);
  await passUntil('it is told', () => told.length === 1);
  await pass(3_000);
  first.pause();
  await send(95, ['b']);
  await send(20, ['a']);
  await passUntil('the next one tells', () => told.length >= 3);
  assert.equal((await second.status()).role, 'active');
  first.goOn();
  await pass(30_000);
  assert.equal((await first.status()).role, 'standby');
  await send(95, ['c']);
  await passUntil('told by the one that tells now', () => told.length === 4);
  await pass(10_000);
  assert.equal(told.length, 4);
  assert.equal(new Set(told.map(({ id }) => id)).size, 4);
});

test('cut off from the catalog alone it goes on and says that it may come twice; each fact comes twice at most', async () => {
  const { first, second, told, send, pass, passUntil, catalog } = await two();
  first.cut.catalog = true;
  await pass(10_000);
  assert.equal((await second.status()).role, 'active');
  assert.match((await first.status()).warnings.join(), /notifications may be duplicates/);
  await send(95, ['a']);
  await passUntil('both tell', () => told.length === 2);
  assert.equal(told[0]!.id, told[1]!.id);
  assert.ok(told.some((one) => /may be a duplicate/i.test(JSON.stringify(one))));
  first.cut.catalog = false;
  await passUntil('it stands by', async () => (await first.status()).role === 'standby');
  await send(20, ['a']);
  await send(95, ['b']);
  await passUntil('told once', () => told.length === 4);
  await pass(10_000);
  assert.equal(told.length, 4);
  assert.equal((await catalog.warnLease.read()).holder, 'second');
});

test('cut off from all, the holder goes on, the others do not, and it holds on when the catalog is back', async () => {
  const { first, second, told, send, pass, passUntil } = await two();
  first.cut.catalog = true;
  second.cut.catalog = true;
  await pass(10_000);
  await send(95, ['a']);
  await passUntil('it is told', () => told.length === 1);
  await pass(10_000);
  assert.equal(told.length, 1);
  // The other one hears of it first: what was told meanwhile only the holder knows.
  second.cut.catalog = false;
  await pass(3_000);
  first.cut.catalog = false;
  await passUntil('it is certain again', async () => (await first.status()).warnings.length === 0);
  assert.equal((await first.status()).role, 'active');
  assert.equal((await second.status()).role, 'standby');
  await send(20, ['a']);
  await passUntil('its end', () => told.length === 2);
  await pass(10_000);
  assert.equal(told.length, 2);
});

test('stopped in order, the next one takes over at once', async () => {
  const { first, second, told, send, passUntil, pass } = await two();
  await send(95, ['a']);
  await passUntil('it is told', () => told.length === 1);
  await pass(3_000);
  const stopping = first.stop();
  await pass(2_000);
  await stopping;
  await passUntil('the next one tells', second.tells, 4_000);
  await pass(5_000);
  assert.equal(told.length, 1);
});

test('held up for five minutes, alone: told is what still fires and what is over, not what came and went', async () => {
  const at = await standbyWorld(['a', 'b', 'c', 'd']);
  const { told, send, pass, passUntil } = at;
  const only = await startStandby(at, 'only');
  await passUntil('it tells', only.tells);
  await send(95, ['a']);
  await passUntil('it is told', () => told.length === 1);
  await pass(3_000);
  only.pause();
  await send(95, ['b', 'c']);
  await pass(150_000);
  await send(20, ['a', 'b']);
  await send(96, ['c']);
  await pass(150_000);
  only.goOn();
  await passUntil('it tells what is true', () => told.length === 3);
  await pass(20_000);
  const summary = told.slice(1).map(({ status, title }) => `${status} ${/hot (\w)/.exec(title)?.[1]}`);
  assert.deepEqual(summary.sort(), ['firing c', 'resolved a']);
  const history = await at.catalog.alertHistory.list({ limit: 100 });
  const changes = history.filter(({ kind }) => kind === 'firing' || kind === 'resolved');
  assert.deepEqual(changes.map(({ kind, subjects }) => `${kind} ${subjects[0]?.host}`).sort(), [
    'firing a',
    'firing c',
    'resolved a',
  ]);
});

test('a lease that is won while the catalog goes away does not keep the process from ending', async () => {
  const { first, second, pass } = await two();
  first.kill();
  await pass(5_000);
  second.cut.notifications = true;
  await pass(5_000);
  assert.equal((await second.status()).role, 'active');
  const stopping = second.stop();
  await pass(3_000);
  await stopping;
});

test('a host that moves while no warn runs ends in its former location and fires in the new one', async () => {
  const at = await standbyWorld(['a', 'b']);
  const { told, send, pass, passUntil, manage } = at;
  const first = await startStandby(at, 'first');
  await passUntil('it tells', first.tells);
  await send(95, ['a']);
  await passUntil('it is told', () => told.length === 1);
  await pass(3_000);
  first.kill();
  await manage.assignHosts({ new: true, assignments: [{ hostId: 'a', location: 'elsewhere' }] });
  const second = await startStandby(at, 'second');
  await passUntil('the second tells', second.tells);
  await passUntil('both locations are told', () => told.length === 3);
  const texts = told.slice(1).map((one) => JSON.stringify(one));
  assert.ok(texts.some((text) => text.includes('host moved') && text.includes('"location":"a"')));
  assert.ok(texts.some((text) => text.includes('FIRING') && text.includes('"location":"elsewhere"')));
});
