// Alerts as a stream: the list at once, and again when it is another one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAlertWatch } from '../../src/daemons/warn/alert-list.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';

test('a watch says the list at once, then only when it is another one, until its signal', async () => {
  const clock = createVirtualClock(0);
  const abort = new AbortController();
  const lists = [['a'], ['a'], ['a', 'b'], ['a', 'b'], []];
  let asked = 0;
  const list = async (request: { readonly location?: string }) => {
    assert.deepEqual(request, { location: '725' });
    const warnings = lists[Math.min(asked++, lists.length - 1)]!;
    return { nowMs: clock.nowMs(), alerts: [], warnings };
  };
  const got: string[] = [];
  const watching = (async () => {
    for await (const { nowMs, warnings } of createAlertWatch(list, clock)(
      { location: '725' },
      abort.signal,
    )) {
      got.push(`${nowMs} ${warnings.join()}`);
    }
  })();
  for (let second = 1; second <= 6; second++) {
    await new Promise(setImmediate);
    await clock.advanceTo(second * 1_000);
  }
  abort.abort();
  await watching;
  assert.deepEqual(got, ['0 a', '2000 a,b', '4000 ']);
});
