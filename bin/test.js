// Runs the tests: `bin/test.js [--servers|--clients] [files...]`. Without them the suite on embedded backends; with one the
// suites that need real servers, or real clients (MINIMON_TEST_CLIENTS names some of them), which are provisioned first.
// Every skip is printed with its reason; with MINIMON_TEST_NO_SKIP=1 a skip fails the run, but for the suites that are
// another command's.
import { globSync, mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { runChild } from './child.js';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const args = process.argv.slice(2);
const named = args.filter((arg) => !arg.startsWith('--'));
const servers = args.includes('--servers');
const clients = args.includes('--clients');
const isReal = servers || clients;
const files =
  named.length > 0
    ? named
    : globSync(clients ? 'test/clients/*.test.ts' : 'test/**/*.test.ts')
        .sort()
        .filter((file) => !servers || needsServers(file));
const skipForbidden = process.env.MINIMON_TEST_NO_SKIP === '1';

// The tests set these themselves; the shell's own must not change an outcome.
for (const name of Object.keys(process.env)) {
  if (/^MINIMON_(?!TEST_)/.test(name) || ['NO_COLOR', 'FORCE_COLOR', 'COLUMNS'].includes(name))
    delete process.env[name];
}
if (servers) {
  process.env.MINIMON_TEST_BACKENDS = 'all';
  await provision('test/servers/provision.ts', []);
}
if (clients) {
  const asked = (process.env.MINIMON_TEST_CLIENTS ||= 'all');
  await provision('test/clients/provision.ts', asked === 'all' ? [] : asked.split(','));
}

const temporary = isReal ? undefined : directoryInMemory();
if (temporary !== undefined) {
  process.env.TMPDIR = temporary;
  // Each file is a process that loads a good part of the program: a third of their time was stripping and compiling it.
  process.env.NODE_COMPILE_CACHE ??= join(temporary, 'compiled');
  process.on('exit', () => rmSync(temporary, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));
}

/** A hang is a failure. A test that rightly takes longer than its suite's limit names its own. */
const TEST_LIMIT_MS = isReal ? 240_000 : 120_000;

const skipped = [];
let failed = 0;
const tests = run({
  files: files.map((file) => resolve(file)),
  // Many files wait for something most of the time: three keep two cores busy.
  concurrency: isReal ? 1 : 3,
  execArgv: [`--test-timeout=${TEST_LIMIT_MS}`, `--import=${pathToFileURL('bin/test-file-limit.js')}`],
});
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
const forbidden = skipForbidden
  ? skipped.filter((line) => isReal || !/: needs a real (?:server|client)/.test(line))
  : [];
if (forbidden.length > 0)
  process.stderr.write(`${forbidden.length} skipped tests, and skipping is forbidden here\n`);
process.exitCode = failed > 0 || forbidden.length > 0 ? 1 : 0;

/**
 * Files of tests are in memory where there is room: waiting for a disk is most of what the suite would do, and no test
 * cuts the power. A TMPDIR that is set is used.
 */
function directoryInMemory() {
  const [shared, tmpfs, roomBytes] = ['/dev/shm', 0x01021994, 4 * 2 ** 30];
  try {
    const { type, bavail, bsize } = statfsSync(shared);
    const isWanted = process.env.TMPDIR === undefined && type === tmpfs && bavail * bsize >= roomBytes;
    return isWanted ? mkdtempSync(join(shared, 'minimon-tests-')) : undefined;
  } catch {
    return undefined;
  }
}

async function provision(script, names) {
  const code = await runChild(process.execPath, [script, ...names]);
  if (code !== 0) process.exit(code);
}

function needsServers(file) {
  return /\/backends\.ts'/.test(readFileSync(file, 'utf8'));
}
