// Log lines: nothing in them is obeyed by a terminal, and what cannot be written costs lines and no more.
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { createLogger, createThrottle } from '../../src/runtime/logging.ts';
import { makeToken } from '../../src/runtime/token.ts';

function sink(write: (line: string) => void = () => {}) {
  const lines: string[] = [];
  const stream = new Writable({
    decodeStrings: false,
    write(line: string, _encoding, done) {
      lines.push(String(line));
      write(String(line));
      done();
    },
  });
  return { stream, lines };
}

const HOSTILE = 'a\u001b[2Jb\u009bc\u202ed\u2028e\u3164f';

for (const format of ['json', 'pretty'] as const) {
  test(`${format}: control, bidi and invisible characters come out as escapes, in texts, keys and errors`, async () => {
    const { stream, lines } = sink();
    const logger = await createLogger({ level: 'info', format }, stream);
    logger.warn({ actor: HOSTILE, [HOSTILE]: [HOSTILE], err: new Error(HOSTILE) }, HOSTILE);
    await new Promise(setImmediate);
    const text = lines.join('');
    // What pino-pretty adds are colours, and only they.
    assert.doesNotMatch(
      text.replace(/\u001b\[\d+m/g, ''),
      /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e\u2028\u3164]/,
    );
    if (format === 'json') assert.equal((JSON.parse(text) as { actor: string }).actor, HOSTILE);
    else assert.match(text, /\\u202e/);
  });
}

for (const format of ['json', 'pretty'] as const) {
  test(`${format}: of a token only what may be shown is written, wherever it stands`, async () => {
    const { stream, lines } = sink();
    const logger = await createLogger({ level: 'info', format }, stream);
    const { text, id } = makeToken();
    logger.warn({ url: `/x?q=${text}`, err: new Error(`no ${text}`), header: `a:\n${text}` }, `%20${text}x`);
    await new Promise(setImmediate);
    const written = lines.join('');
    assert.ok(written.includes(`mm_${id}_***`));
    assert.ok(!written.includes(text.slice(-64)));
  });
}

test('a stream that fails costs lines and throws nothing; lines come again when it works again', async () => {
  const lines: string[] = [];
  let write: (line: string) => void = () => {
    throw new Error('EAGAIN');
  };
  const stream = Object.assign(new EventEmitter(), { write: (line: string) => write(line) });
  const logger = await createLogger(
    { level: 'info', format: 'json' },
    stream as unknown as NodeJS.WritableStream,
  );
  logger.info('one');
  write = () => stream.emit('error', new Error('ENOSPC'));
  logger.info('two');
  write = (line) => lines.push(line);
  logger.info('three');
  assert.equal(lines.length, 1);
  assert.match(lines[0]!, /"three"/);
});

test('a reader that stands still costs lines, which are counted, and not the memory', async () => {
  const waiting: (() => void)[] = [];
  const lines: string[] = [];
  const stream = new Writable({
    highWaterMark: 1,
    write(line, _encoding, done) {
      lines.push(String(line));
      waiting.push(done);
    },
  });
  const logger = await createLogger({ level: 'info', format: 'json' }, stream);
  for (let i = 0; i < 2_000; i++) logger.info({ pad: 'x'.repeat(1_000) }, 'line');
  assert.ok(stream.writableLength < 1_100_000, `${stream.writableLength} bytes queued`);
  while (waiting.length > 0) waiting.shift()!();
  logger.info('last');
  while (waiting.length > 0) {
    waiting.shift()!();
    await new Promise(setImmediate);
  }
  const [notice, last] = lines.slice(-2).map((line) => JSON.parse(line) as { dropped?: number; msg: string });
  assert.ok(notice!.dropped! > 900, JSON.stringify(notice));
  assert.equal(last!.msg, 'last');
});

test('a line is written again once its time is over, each key by itself', () => {
  let nowMs = 0;
  const mayLog = createThrottle(() => nowMs, 1_000);
  const asked = (timeMs: number, key: string) => {
    nowMs = timeMs;
    return mayLog(key);
  };
  assert.deepEqual(
    [asked(0, 'a'), asked(999, 'a'), asked(999, 'b'), asked(1_000, 'a')],
    [true, false, true, true],
  );
});

test('keys that never come again do not fill the memory: they are forgotten', () => {
  const mayLog = createThrottle(() => 0);
  assert.ok(mayLog('first'));
  for (let i = 0; i < 5_000; i++) mayLog(`key ${i}`);
  assert.ok(!mayLog('first'));
  for (let i = 5_000; i < 10_001; i++) mayLog(`key ${i}`);
  assert.ok(mayLog('first'));
});
