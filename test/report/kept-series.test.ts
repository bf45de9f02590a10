// Which names are kept, and that names which no series may have take no memory.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { createKeep } from '../../src/daemons/report/ingest/kept-series.ts';

test('a name is kept by its globs, the first time and again, whatever its length', () => {
  const keep = createKeep(['node_*']);
  const long = `node_${'x'.repeat(300)}`;
  for (let i = 0; i < 2; i++) assert.deepEqual(['node_a', long, 'go_a'].map(keep), [true, true, false]);
  // In PromQL it would be minimon's.
  assert.equal(createKeep(['*'])('mem_available'), false);
});

test('names that are far too long are forgotten at once', async () => {
  const script = `
    const { createKeep } = await import(process.argv[1]);
    const keep = createKeep(['one']);
    for (let i = 0; i < 160; i++) keep(Buffer.alloc(1e6, 'x').toString('latin1') + i);
    console.log('all');`;
  const module = new URL('../../src/daemons/report/ingest/kept-series.ts', import.meta.url).href;
  // A quarter of what they would take.
  const flags = ['--max-old-space-size=40', '--input-type=module', '-e', script, module];
  assert.equal((await promisify(execFile)(process.execPath, flags)).stdout, 'all\n');
});
