// How far a file was written: kept over a start, and not believed where its bytes are others.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openEndMark } from '../../src/runtime/end-mark.ts';

function pathOf(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'minimon-end-'));
  t.after(() => rmSync(directory, { recursive: true }));
  return join(directory, 'file.end');
}

/** What a start finds, and what it says; then it keeps these numbers. */
function opened(path: string, numbers?: readonly number[]) {
  const said: string[] = [];
  const mark = openEndMark(path, (message) => said.push(message));
  if (numbers) mark.keep(numbers);
  mark.close();
  return { found: mark.found, said };
}

test('what was kept last is found by the next start', (t) => {
  const path = pathOf(t);
  assert.deepEqual(opened(path, [7, 2 ** 40]), { found: undefined, said: [] });
  assert.deepEqual(opened(path, [8, 2 ** 40]), { found: [7, 2 ** 40], said: [] });
  assert.deepEqual(opened(path), { found: [8, 2 ** 40], said: [] });
});

test('a mark with any bit changed, or of another length, is said and not believed', (t) => {
  const path = pathOf(t);
  opened(path, [1, 2]);
  const whole = readFileSync(path);
  const damaged = [whole.subarray(0, -1), whole.subarray(0, 12), whole.subarray(0, 4), Buffer.alloc(20)];
  for (let bit = 0; bit < whole.length * 8; bit += 7) {
    const bytes = Buffer.from(whole);
    bytes[bit >> 3]! ^= 1 << (bit & 7);
    damaged.push(bytes);
  }
  for (const bytes of damaged) {
    writeFileSync(path, bytes);
    const { found, said } = opened(path);
    assert.equal(found, undefined);
    assert.match(said.join(), /file\.end is damaged and is recreated/);
  }
});

test('nothing of a damaged mark that was longer is left behind the new one', (t) => {
  const path = pathOf(t);
  writeFileSync(path, Buffer.alloc(100, 'x'));
  opened(path, [1]);
  assert.deepEqual(opened(path), { found: [1], said: [] });
});
