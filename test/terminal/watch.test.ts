// Pictures refreshed in place, checked against a small terminal emulator.
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { ExpectedError } from '../../src/domain/errors.ts';
import { renderJsonLine } from '../../src/terminal/output.ts';
import type { Screen } from '../../src/terminal/screen.ts';
import { styledWidth, truncateStyled } from '../../src/terminal/text.ts';
import { createLive, fitWindow, watchListing } from '../../src/terminal/watch.ts';
import type { Writer } from '../../src/terminal/writer.ts';
import { pipe, terminal } from './screens.ts';

/** A writer that keeps each piece, and a window that can be resized. */
function setUp(start: Screen) {
  const pieces: string[] = [];
  const writer: Writer = {
    closed: new AbortController().signal,
    async write(text) {
      pieces.push(text);
      return true;
    },
  };
  const stream = new EventEmitter();
  let screen = start;
  const resize = (next: Screen) => {
    screen = next;
    stream.emit('resize');
  };
  return { pieces, resize, stream, live: createLive({ writer, readScreen: () => screen, stream }) };
}

/** What a terminal shows after the pieces, by the few codes that live.ts writes. */
function emulate(pieces: readonly string[], { rows, columns }: Screen): string[] {
  let lines = Array.from({ length: rows }, () => '');
  let [row, column] = [0, 0];
  for (const token of pieces.join('').match(/\u001b\[[?;\d]*[A-Za-z]|\n|[^\u001b\n]/gu) ?? []) {
    if (token === '\n') {
      if (row === rows - 1) lines = [...lines.slice(1), ''];
      else row++;
      column = 0;
    } else if (token === '\u001b[H') [row, column] = [0, 0];
    else if (/^\u001b\[\d+;1H$/.test(token)) [row, column] = [Number(token.match(/\d+/)?.[0]) - 1, 0];
    else if (token === '\u001b[2J') lines = lines.map(() => '');
    else if (token === '\u001b[K') lines[row] = lines[row]!.slice(0, column);
    else if (token === '\u001b[J')
      lines = lines.map((line, r) => (r > row ? '' : r === row ? line.slice(0, column) : line));
    else if (!token.startsWith('\u001b')) {
      assert.ok(column < columns, `column ${column} of ${columns} in row ${row}`);
      lines[row] = lines[row]!.slice(0, column).padEnd(column) + token + lines[row]!.slice(column + 1);
      column++;
    }
  }
  return lines;
}

test('pictures replace each other in place, longer and shorter ones', async () => {
  const screen = terminal({ columns: 20, rows: 5 });
  const { live, pieces } = setUp(screen);
  const shown = async (picture: string) => {
    await live.show(() => picture);
    return emulate(pieces, screen);
  };
  assert.deepEqual(await shown('one\ntwo is long\nthree\n'), ['one', 'two is long', 'three', '', '']);
  assert.deepEqual(await shown('1\ntwo\n'), ['1', 'two', '', '', '']);
  assert.deepEqual(await shown(`${'x'.repeat(20)}\nlast\n`), ['x'.repeat(20), 'last', '', '', '']);
  const after = pieces.slice(1).join('');
  assert.ok(!after.includes('\u001b[2J'), 'nothing is blank between pictures');
});

test('a picture larger than the window is cut to it', async () => {
  const screen = terminal({ columns: 8, rows: 3 });
  const { live, pieces } = setUp(screen);
  await live.show(() => 'a line that is long\n2\n3\n4\n5\n');
  assert.deepEqual(emulate(pieces, screen), ['a line …', '2', 'and 3 m…']);
});

test('a resize draws the same picture for the new window', async () => {
  const { live, pieces, resize } = setUp(terminal({ columns: 80, rows: 24 }));
  await live.show(({ columns }) => `${columns} columns\n`);
  const small = terminal({ columns: 15, rows: 4 });
  resize(small);
  assert.deepEqual(emulate(pieces.slice(1), small), ['15 columns', '', '', '']);
});

test('the cursor is hidden while it runs and shown once at the end', async () => {
  const { live, pieces, stream } = setUp(terminal());
  await live.show(() => 'x\n');
  await live.stop();
  await live.stop();
  const text = pieces.join('');
  assert.equal(text.split('\u001b[?25l').length, 2);
  assert.equal(text.split('\u001b[?25h').length, 2);
  assert.ok(text.indexOf('\u001b[?25h') > text.indexOf('\u001b[?25l'));
  assert.equal(stream.listenerCount('resize'), 0);
});

test('without a movable cursor pictures follow each other, without a single escape', async () => {
  for (const screen of [pipe(), terminal({ cursor: false })]) {
    const { live, pieces } = setUp(screen);
    await live.show(() => 'first\n');
    await live.show(() => 'second\n');
    await live.stop();
    assert.equal(pieces.join(''), 'first\n\nsecond\n');
  }
});

test('watching a listing ends when the reader has gone', async () => {
  const screen = pipe();
  let reads = 0;
  await watchListing({
    async read() {
      assert.equal(++reads, 1, 'read again for a reader that has gone');
      return { columns: [], rows: [], name: () => '', empty: '' };
    },
    render: { format: 'json', screen },
    parts: {
      writer: { closed: new AbortController().signal, write: async () => false },
      ...{ readScreen: () => screen, stream: new EventEmitter(), input: new EventEmitter() as never },
    },
    name: 'hosts',
  });
  assert.equal(reads, 1);
});

const row = (text: string) => ({
  columns: [{ key: 'a', title: 'A', value: (one: string) => one }],
  rows: text.split(' '),
  name: (one: string) => one,
  empty: '',
});

/** Watches with answers one after another, on a screen or on a pipe. */
function watch(screen: Screen, answers: readonly (() => Promise<ReturnType<typeof row>>)[]) {
  const pieces: string[] = [];
  const input = Object.assign(new EventEmitter(), {
    isTTY: screen.isTTY,
    ...{ setRawMode: () => {}, setEncoding: () => {}, resume: () => {}, pause: () => {} },
  });
  let reads = 0;
  const watching = watchListing({
    read: () => answers[Math.min(reads++, answers.length - 1)]!(),
    render: { format: 'table', screen },
    parts: {
      writer: {
        closed: new AbortController().signal,
        async write(text: string) {
          pieces.push(text);
          return true;
        },
      },
      ...{ readScreen: () => screen, stream: new EventEmitter(), input },
    },
    name: 'alerts',
    summary: (rows) => [
      `${rows.length} alerts, of which some are said in many words`,
      `${rows.length} alerts`,
    ],
    worstFirst: (rows) => rows.toReversed(),
  });
  return { watching, pieces, input, shown: () => emulate(pieces, screen) };
}
const refused = () => Promise.reject(new ExpectedError('UNREACHABLE', 'no warn service answers'));

test('a service that is away does not end watching: the last picture stays with a line that says so', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const answers = [
    async () => row('first'),
    refused,
    async () => row('second'),
    () => Promise.reject(new ExpectedError('USAGE', 'wrong')),
  ];
  const { watching, pieces } = watch(terminal({ cursor: false }), answers);
  const ended = assert.rejects(watching, { code: 'USAGE' });
  let done = false;
  void ended.then(() => {
    done = true;
  });
  for (let i = 0; i < 100 && !done; i++) {
    await new Promise(setImmediate);
    t.mock.timers.tick(2_000);
  }
  await ended;
  const shown = pieces.join('');
  assert.match(
    shown,
    /first[\s\S]*lost the server now, trying again: no warn service answers\n\n[\s\S]*first[\s\S]*second/,
  );
  await assert.rejects(watch(terminal({ cursor: false }), [refused]).watching, { code: 'UNREACHABLE' });
});

test('on a screen a list is scrolled with keys, the worst first, its summary and what is not seen always there', async () => {
  const many = Array.from({ length: 30 }, (_, i) => `r${i}`).join(' ');
  const { watching, input, shown } = watch(terminal({ columns: 40, rows: 6 }), [async () => row(many)]);
  const settle = () => new Promise(setImmediate);
  for (let i = 0; i < 5; i++) await settle();
  assert.deepEqual(
    shown()
      .slice(0, 2)
      .map((line) => line.trim()),
    ['A', 'r29'],
  );
  assert.match(shown()[5]!, /^30 alerts, 26 more below +\? help {2}q quit$/);
  input.emit('data', '\u001b[F');
  await settle();
  assert.match(shown()[4]!, /^> r0/);
  assert.match(shown()[5]!, /^30 alerts +\? help {2}q quit$/);
  input.emit('data', '?');
  await settle();
  assert.match(shown()[0]!, /^The list refreshes/);
  assert.match(shown()[5]!, /^and \d\d more lines +\? back$/);
  input.emit('data', '\u001b[F');
  await settle();
  assert.deepEqual(
    [shown()[3]!.trim(), shown()[4]!.trim().replace(/ +/, ' ')],
    ['(continue with fg)', 'q quit'],
  );
  input.emit('data', 'q/r2');
  await settle();
  assert.match(shown()[1]!, /r29/);
  assert.match(shown()[5]!, /\/r2▏$/);
  input.emit('data', '\r');
  input.emit('data', 'q');
  await watching;
});

test('a JSON picture is one line', () => {
  assert.equal(renderJsonLine({ a: [1, 2], b: 'x\ny' }), '{"a":[1,2],"b":"x\\ny"}\n');
});

test('colour codes take no columns and never leak out of a cut line', () => {
  const red = '\u001b[31mred\u001b[39m and plain';
  assert.equal(styledWidth(red), 13);
  assert.equal(truncateStyled(red, 13), red);
  assert.equal(truncateStyled(red, 3), '\u001b[31mre…\u001b[0m');
  assert.equal(truncateStyled(red, 6), '\u001b[31mred\u001b[39m a…\u001b[0m');
  for (let columns = 1; columns < 14; columns++) {
    assert.ok(styledWidth(truncateStyled(red, columns)) <= columns);
    assert.ok(styledWidth(truncateStyled(`机${red}机房`, columns)) <= columns);
  }
  assert.deepEqual(fitWindow('a\nb\nc\n', { columns: 5, rows: 3, unicode: true }), ['a', 'b', 'c']);
  assert.deepEqual(fitWindow('a\nb\nc\n', { columns: 20, rows: 2, unicode: true }), [
    'a',
    'and 2 more lines',
  ]);
});
