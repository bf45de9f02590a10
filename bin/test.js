// Runs the test suite: `bin/test.js [--servers] [files...]`; with --servers also what needs the real servers.
// Every skip is printed with its reason; with MINIMON_TEST_NO_SKIP=1 a skip fails the run.
import { globSync } from 'node:fs';
import { resolve } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const args = process.argv.slice(2);
const named = args.filter((arg) => !arg.startsWith('--'));
const files = named.length > 0 ? named : globSync('test/**/*.test.ts').sort();
const skipForbidden = process.env.MINIMON_TEST_NO_SKIP === '1';

// The tests set these themselves; the shell's own must not change an outcome.
for (const name of Object.keys(process.env)) {
  if (/^MINIMON_(?!TEST_)/.test(name) || ['NO_COLOR', 'FORCE_COLOR', 'COLUMNS'].includes(name))
    delete process.env[name];
}
if (args.includes('--servers')) process.env.MINIMON_TEST_BACKENDS = 'all';

const skipped = [];
let failed = 0;
const tests = run({ files: files.map((file) => resolve(file)), concurrency: 2 });
tests.on('test:fail', (event) => {
  if (event.todo === undefined || event.todo === false) failed++;
});
tests.on('test:pass', (event) => {
  if (event.skip !== undefined && event.skip !== false)
    skipped.push(`${event.name}: ${event.skip === true ? 'no reason given' : event.skip}`);
});
tests.compose(new spec()).pipe(process.stdout);
await new Promise((done) => tests.once('end', done));

for (const line of skipped) process.stderr.write(`skipped: ${line}\n`);
if (skipForbidden && skipped.length > 0)
  process.stderr.write(`${skipped.length} skipped tests, and skipping is forbidden here\n`);
process.exitCode = failed > 0 || (skipForbidden && skipped.length > 0) ? 1 : 0;
