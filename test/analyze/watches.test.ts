// Watches of the newest samples: 64 at once, the next is told when to come again, and a closed one makes room.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createWatches } from '../../src/daemons/analyze/watches.ts';

test('the sixty-fifth watch is refused with when to come again; one that is closed makes room', () => {
  const open = createWatches();
  const [close] = Array.from({ length: 64 }, () => open());
  assert.throws(open, { code: 'UNAVAILABLE', message: /64 watches are open/, retryAfterMs: 1_000 });
  close!();
  open();
  assert.throws(open, { code: 'UNAVAILABLE' });
});
