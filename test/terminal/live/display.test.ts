// A terminal taken over and given back on every way out; frames write only what changed.
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { openDisplay } from '../../../src/terminal/live/display.ts';
import type { Screen } from '../../../src/terminal/screen.ts';
import { terminal } from '../screens.ts';

const ALTERNATE = '\u001b[?1049h';
const NORMAL = '\u001b[?1049l';

function setUp() {
  const pieces: string[] = [];
  const log: string[] = [];
  const writer = {
    closed: new AbortController().signal,
    async write(text: string) {
      pieces.push(text);
      return true;
    },
  };
  const input = Object.assign(new EventEmitter(), {
    isTTY: true,
    setRawMode: (on: boolean) => log.push(on ? 'raw' : 'cooked'),
    setEncoding: () => {},
    resume: () => {},
    pause: () => {},
  });
  const signals = new EventEmitter();
  const target = Object.assign(signals, {
    suspend: () => log.push('suspended'),
    suspendJob: () => signals.emit('SIGTSTP'),
    writeNow: (text: string) => pieces.push(text),
  });
  const stream = new EventEmitter();
  let screen: Screen = terminal({ columns: 20, rows: 4 });
  let lines: readonly string[] = ['one', 'two'];
  const keys: string[] = [];
  const display = openDisplay(
    { writer, readScreen: () => screen, stream, input, process: target },
    { draw: () => lines, onKey: (key) => keys.push(key), onEnd: () => log.push('end') },
  );
  const settle = async () => {
    await new Promise(setImmediate);
    return pieces.splice(0).join('');
  };
  const show = async (next: readonly string[]) => {
    lines = next;
    display.redraw();
    return settle();
  };
  const resize = async (next: Partial<Screen>) => {
    screen = terminal(next);
    stream.emit('resize');
    return settle();
  };
  return { display, settle, show, resize, input, signals, stream, keys, log };
}

test('a frame writes the lines that changed, in one piece, and nothing when none did', async () => {
  const { settle, show, resize, display } = setUp();
  const first = await settle();
  assert.ok(first.startsWith('\u001b[?2026h\u001b[?1049h'));
  assert.ok(first.includes('\u001b[1;1Hone\u001b[K\u001b[2;1Htwo\u001b[K'));
  assert.equal(await show(['one', 'two']), '');
  assert.equal(await show(['one', 'TWO']), '\u001b[?2026h\u001b[2;1HTWO\u001b[K\u001b[?2026l');
  assert.equal(await show(['one']), '\u001b[?2026h\u001b[2;1H\u001b[K\u001b[?2026l');
  assert.match(await show(['x'.repeat(20)]), /x{20}\u001b\[\?2026l$/, 'a full line keeps its last character');
  assert.doesNotMatch(await show(['1', '2', '3', '4', '5']), /5/, 'no more lines than the window has');
  assert.match(await resize({ columns: 30, rows: 5 }), /\u001b\[2J.*\u001b\[5;1H5/s);
  await display.close();
});

test('the terminal is given back once, by closing and by the end of the process', async () => {
  const { settle, display, log, signals, stream } = setUp();
  await settle();
  await display.close();
  await display.close();
  const text = await settle();
  assert.equal(text.split(NORMAL).length, 2);
  assert.ok(text.includes('\u001b[?25h'));
  assert.deepEqual(log, ['raw', 'cooked']);
  assert.deepEqual(
    [signals.listenerCount('exit'), signals.listenerCount('SIGTSTP'), stream.listenerCount('resize')],
    [0, 0, 0],
  );
  const crashed = setUp();
  await crashed.settle();
  crashed.signals.emit('exit');
  assert.ok((await crashed.settle()).includes(NORMAL));
});

test('Ctrl-Z gives the terminal back before it stops, and SIGCONT draws all again', async () => {
  const { settle, input, signals, log, keys, display } = setUp();
  await settle();
  input.emit('data', '\u001a');
  assert.ok((await settle()).includes(NORMAL));
  assert.deepEqual(log, ['raw', 'cooked', 'suspended']);
  signals.emit('SIGCONT');
  const back = await settle();
  assert.ok(back.includes(ALTERNATE) && back.includes('one'));
  input.emit('data', 'j');
  assert.deepEqual([keys, log.at(-1)], [['j'], 'raw']);
  await display.close();
});
