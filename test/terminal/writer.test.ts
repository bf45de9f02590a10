// Output to readers that leave, are slow, or are full disks.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { PassThrough, Writable } from 'node:stream';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createWriter } from '../../src/terminal/writer.ts';

const program = fileURLToPath(new URL('./write-lines.ts', import.meta.url));

/** Runs the program in a shell as a person would and gives back what the whole pipeline said. */
function shell(command: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-c', `set -o pipefail; ${command}`], {
      env: { ...process.env, NODE: process.execPath, PROGRAM: program },
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

test('a reader that leaves early ends the program quietly with exit 0', async () => {
  const { code, stdout, stderr } = await shell('"$NODE" "$PROGRAM" 200000 | head -1');
  assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: 'line 0 机房\n', stderr: '' });
});

test('a program that writes for ever ends when its reader leaves', async () => {
  const { code, stdout, stderr } = await shell('"$NODE" "$PROGRAM" forever | head -3');
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  assert.equal(stdout.split('\n').length, 4);
});

test('a slow reader gets everything', async () => {
  const { code, stdout } = await shell('"$NODE" "$PROGRAM" 200000 | { sleep 0.2; tail -1; }');
  assert.deepEqual({ code, stdout }, { code: 0, stdout: 'line 199999 机房\n' });
});

test('a full disk is an error', {
  skip: !existsSync('/dev/full') && 'no /dev/full on this platform',
}, async () => {
  const { code, stderr } = await shell('"$NODE" "$PROGRAM" 10 > /dev/full');
  assert.equal(code, 1);
  assert.match(stderr, /^Error: cannot write the output: ENOSPC.*\nThe disk or device .* is full\.\n$/);
});

test('pieces never cut a character in two', async () => {
  const stream = new PassThrough({ highWaterMark: 1 });
  const writer = createWriter(stream);
  const text = `x${'𠮷'.repeat(100_000)}`;
  const written = writer.write(text);
  let read = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk) => {
    read += chunk;
  });
  assert.equal(await written, true);
  assert.ok(read === text);
});

test('after a failure nothing more is written', async () => {
  let calls = 0;
  const stream = new Writable({
    write(_chunk, _encoding, done) {
      calls++;
      done(Object.assign(new Error('no space left'), { code: 'ENOSPC' }));
    },
  });
  const writer = createWriter(stream);
  await assert.rejects(writer.write('a'), { code: 'OUTPUT_FAILED' });
  await assert.rejects(writer.write('b'), { code: 'OUTPUT_FAILED' });
  assert.equal(calls, 1);
});

test('a stream that throws instead of calling back is an error of the output too', async () => {
  const stream = new Writable({
    write() {
      throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
    },
  });
  await assert.rejects(createWriter(stream).write('a'), { code: 'OUTPUT_FAILED', hint: /full/ });
});
