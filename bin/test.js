// Runs the test suite: `bin/test.js [--servers] [files...]`; with --servers also what needs the real servers.
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runChild } from './child.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const args = process.argv.slice(2);
const servers = args.includes('--servers');
const named = args.filter((arg) => !arg.startsWith('--'));
const flags = args.filter((arg) => arg.startsWith('--') && arg !== '--servers');
const files = named.length > 0 ? named : globSync('test/**/*.test.ts', { cwd: root }).sort();

const env = { ...process.env };
// The tests set these themselves; the shell's own must not change an outcome.
for (const name of Object.keys(env)) {
  if (
    /^MINIMON_(?!TEST_)/.test(name) ||
    ['NO_COLOR', 'FORCE_COLOR', 'COLUMNS', 'NODE_TEST_CONTEXT'].includes(name)
  )
    delete env[name];
}
if (servers) env.MINIMON_TEST_BACKENDS = 'all';
process.exitCode = await runChild(
  process.execPath,
  ['--test', '--test-concurrency=2', '--test-reporter=spec', ...flags, ...files],
  {
    cwd: root,
    env,
  },
);
