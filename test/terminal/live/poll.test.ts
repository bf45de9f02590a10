// Reading again and again: the last answer stays while the server is away, and a bug ends it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ExpectedError } from '../../../src/domain/errors.ts';
import { lostLine, type Polled, poll } from '../../../src/terminal/live/poll.ts';
import { NOW, terminal } from '../screens.ts';

async function run(answers: readonly (() => Promise<string>)[]) {
  const seen: Polled<string>[] = [];
  let reads = 0;
  const stop = new AbortController();
  let nowMs = NOW;
  const polling = poll({
    read: () => {
      nowMs += 1_000;
      return answers[reads++]!();
    },
    everyMs: 0,
    nowMs: () => nowMs,
    signal: stop.signal,
    onRead: (polled) => {
      seen.push(polled);
      return reads < answers.length;
    },
  });
  await polling;
  return seen;
}

const away = (code: 'UNREACHABLE' | 'HOST_UNKNOWN') => () => Promise.reject(new ExpectedError(code, 'gone'));

test('while the server is away the last answer stays, with since when; then it goes on', async () => {
  const seen = await run([async () => 'a', away('UNREACHABLE'), away('HOST_UNKNOWN'), async () => 'b']);
  assert.deepEqual(
    seen.map(({ value, lost }) => [value, lost?.sinceMs]),
    [
      ['a', undefined],
      ['a', NOW],
      ['a', NOW],
      ['b', undefined],
    ],
  );
  const screen = terminal({ nowMs: NOW + 12_000 });
  assert.equal(lostLine(seen[1]!.lost, screen), 'lost the server 12s ago, trying again: gone');
});

test('the first read must succeed, and what is no outage is thrown', async () => {
  await assert.rejects(run([away('UNREACHABLE')]), { code: 'UNREACHABLE' });
  await assert.rejects(run([async () => 'a', () => Promise.reject(new TypeError('bug'))]), TypeError);
});
