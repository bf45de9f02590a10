// What is concluded of a terminal from its environment and stream.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readScreen, type ScreenRequest } from '../../src/terminal/screen.ts';

const read = (
  env: ScreenRequest['env'],
  stream: ScreenRequest['stream'] = {},
  over: Partial<ScreenRequest> = {},
) => readScreen({ env, stream, nowMs: 0, ...over });
const tty = { isTTY: true, columns: 120, rows: 50 };

test('the width is what COLUMNS says, else what the terminal says, else 80', () => {
  assert.equal(read({}, tty).columns, 120);
  assert.equal(read({ COLUMNS: '40' }, tty).columns, 40);
  assert.equal(read({ COLUMNS: '5' }, tty).columns, 5);
  for (const wrong of ['0', 'abc', '', '-3', '4.5', '1e3']) {
    assert.equal(read({ COLUMNS: wrong }, tty).columns, 120, wrong);
    assert.equal(read({ COLUMNS: wrong }).columns, 80, wrong);
  }
  assert.equal(read({ COLUMNS: '99999999999' }).columns, 1_000);
});

test('a pty of 0x0 is drawn on as 80 by 24', () => {
  const { columns, rows } = read({}, { isTTY: true, columns: 0, rows: 0 });
  assert.deepEqual({ columns, rows }, { columns: 80, rows: 24 });
});

test('colour follows the flag, then NO_COLOR, then FORCE_COLOR, then the terminal', () => {
  assert.equal(read({}, tty).color, true);
  assert.equal(read({}).color, false);
  assert.equal(read({ NO_COLOR: '' }, tty).color, true);
  assert.equal(read({ NO_COLOR: '1' }, tty).color, false);
  assert.equal(read({ FORCE_COLOR: '1' }).color, true);
  assert.equal(read({ FORCE_COLOR: '0' }, tty).color, false);
  assert.equal(read({ FORCE_COLOR: '1', NO_COLOR: '1' }).color, false);
  assert.equal(read({ FORCE_COLOR: '1' }, tty, { noColor: true }).color, false);
});

test('a dumb terminal gets neither colour nor cursor movement', () => {
  const { isTTY, color, cursor } = read({ TERM: 'dumb' }, tty);
  assert.deepEqual({ isTTY, color, cursor }, { isTTY: true, color: false, cursor: false });
});

test('the first locale variable that is set decides about Unicode', () => {
  const cases: [ScreenRequest['env'], boolean][] = [
    [{ LANG: 'C' }, false],
    [{ LANG: 'POSIX' }, false],
    [{ LANG: 'de_DE.ISO-8859-1' }, false],
    [{ LANG: 'en_US.UTF-8' }, true],
    [{ LANG: 'C.utf8' }, true],
    [{ LANG: 'C', LC_ALL: 'C.UTF-8' }, true],
    [{ LANG: 'en_US.UTF-8', LC_CTYPE: 'C' }, false],
    [{ LANG: 'en_US.UTF-8', LC_ALL: '' }, true],
    [{}, true],
    [{ TERM: 'dumb' }, false],
  ];
  for (const [env, unicode] of cases) assert.equal(read(env, tty).unicode, unicode, JSON.stringify(env));
});
