// The tokens that a daemon knows: how soon one that was made or revoked counts, also while manage is away or asked a lot.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { KnownToken } from '../../src/api/tokens.ts';
import { createTokenCache } from '../../src/daemons/token-cache.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';

const START = 1_775_000_000_000;
const tokenOf = (id: string): KnownToken => ({ id, name: id, hash: '', scopes: ['read'] });

function cacheOf(t: TestContext) {
  const clock = createVirtualClock(START);
  const manage = { ids: ['a'], down: false, asked: 0, gate: undefined as Promise<void> | undefined };
  const cache = createTokenCache({
    async sync() {
      manage.asked++;
      if (manage.down) throw new Error('away');
      const tokens = manage.ids.map(tokenOf);
      await manage.gate;
      return { version: manage.asked, changed: true, tokens };
    },
    ...{ clock, logger: silentLogger },
  });
  t.after(() => cache.stop());
  return { clock, cache, manage };
}

test('one that was revoked is forgotten within 10 s, and after an outage as soon', async (t) => {
  const { clock, cache, manage } = cacheOf(t);
  await cache.refresh();
  assert.equal(cache.find('a')?.name, 'a');
  let told = 0;
  const leave = cache.onAsked(() => told++);
  manage.ids = [];
  manage.down = true;
  await clock.advanceTo(START + 60_000);
  assert.equal(cache.find('a')?.name, 'a');
  assert.match(cache.lastError() ?? '', /away/);
  manage.down = false;
  await clock.advanceTo(START + 70_000);
  assert.equal(cache.find('a'), undefined);
  assert.equal(cache.lastError(), undefined);
  // Streams look again whenever it asked, whatever came of it, and no longer once they left.
  const before = told;
  assert.ok(before >= 16, `${before}`);
  leave();
  await clock.advanceTo(START + 80_000);
  assert.equal(told, before);
});

test('an answer that was on its way when one was made is not the last word of it', async (t) => {
  const { clock, cache, manage } = cacheOf(t);
  const { promise, resolve } = Promise.withResolvers<void>();
  manage.gate = promise;
  const first = cache.refresh();
  await new Promise(setImmediate);
  assert.equal(manage.asked, 1);
  manage.ids = ['a', 'b'];
  const second = cache.refresh();
  resolve();
  await first;
  assert.equal(cache.find('b'), undefined);
  await clock.advanceTo(START + 1_000);
  await second;
  assert.equal(cache.find('b')?.name, 'b');
});

test('however many made-up tokens are shown, manage is asked once a second', async (t) => {
  const { clock, cache, manage } = cacheOf(t);
  await cache.refresh();
  const shown = Array.from({ length: 1_000 }, () => cache.refresh());
  await new Promise(setImmediate);
  assert.equal(manage.asked, 1);
  await clock.advanceTo(START + 1_000);
  await Promise.all(shown);
  assert.equal(manage.asked, 2);
});
