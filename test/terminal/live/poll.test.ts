// Reading again and again: the last answer stays while the server is away, and a bug ends it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ExpectedError } from '../../../src/domain/errors.ts';
import {
  firstAnswer,
  follow,
  lostLine,
  lostSince,
  newest,
  type Polled,
  poll,
} from '../../../src/terminal/live/poll.ts';
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

test('an empty answer after one with hosts is of a server that has just started, for a while', () => {
  const isEmpty = (hosts: string) => hosts === '';
  const at = (value: string, seconds: number) => ({ value, readMs: NOW + seconds * 1_000 });
  const kept = newest(at('web-1', 0), at('', 2), isEmpty);
  assert.deepEqual([kept.value, kept.lost?.sinceMs], ['web-1', NOW]);
  assert.match(kept.lost!.why, /just started/);
  assert.equal(newest(kept, at('web-1', 4), isEmpty).lost, undefined);
  const again = newest(kept, at('', 30), isEmpty);
  assert.deepEqual([again.value, again.lost?.sinceMs], ['web-1', NOW]);
  assert.equal(newest(kept, at('', 30.001), isEmpty).value, '', 'the hosts are gone indeed');
  assert.equal(newest(undefined, at('', 0), isEmpty).value, '');
  assert.equal(newest(at('', 0), at('', 2), isEmpty).lost, undefined);
});

test('a server that is away is so since its last answer, not since it was said last', () => {
  const first = { value: 'a', readMs: NOW, lost: { sinceMs: NOW - 5_000, why: 'gone' } };
  assert.deepEqual(lostSince(first, 'still gone').lost, { sinceMs: NOW - 5_000, why: 'still gone' });
  assert.deepEqual(lostSince({ value: 'a', readMs: NOW }, 'gone').lost, { sinceMs: NOW, why: 'gone' });
});

test('a server that dies or starts during the first read is waited for; where nobody listens that is said at once', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  async function reading(...messages: readonly string[]) {
    let reads = 0;
    let outcome: string | undefined;
    firstAnswer(async () => {
      const message = messages[reads++];
      if (message === undefined) return 'answered';
      throw new ExpectedError('UNREACHABLE', message);
    }).then(
      (answer) => {
        outcome = answer;
      },
      (error: Error) => {
        outcome = error.message;
      },
    );
    for (let i = 0; i < 100 && outcome === undefined; i++) {
      await new Promise(setImmediate);
      t.mock.timers.tick(2_000);
    }
    return [outcome, reads];
  }
  const [cut, refused] = ['no service answers (the connection was cut)', 'no service answers (refused)'];
  assert.deepEqual(await reading(cut, refused, refused), ['answered', 4]);
  assert.deepEqual(await reading(refused), [refused, 1]);
  assert.deepEqual(await reading(...new Array<string>(9).fill(cut)), [cut, 5]);
});

test('a stream that cannot be opened ends nothing where there is an answer already', async () => {
  const stop = new AbortController();
  const open = () => {
    throw new ExpectedError('UNREACHABLE', 'gone');
  };
  for await (const { lost } of follow(open, { signal: stop.signal, nowMs: () => NOW, fromMs: NOW - 5_000 })) {
    assert.deepEqual(lost, { sinceMs: NOW - 5_000, why: 'gone' });
    stop.abort();
  }
  const first = follow(open, { signal: new AbortController().signal, nowMs: () => NOW });
  await assert.rejects(first.next(), { code: 'UNREACHABLE' });
});
