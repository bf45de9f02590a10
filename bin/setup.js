// What the npm scripts run: gets Node and the dependencies, builds what is stale, then does the task.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runChild } from './child.js';
import { environmentWith, findNode } from './node24.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const [task, ...rest] = process.argv.slice(2);

const TASKS = {
  start: [
    ['bin/build.js', '--if-stale'],
    ['bin/minimon.js', 'up', ...rest],
  ],
  test: [
    ['bin/build.js', '--if-stale'],
    ['bin/test.js', ...rest],
  ],
  'test:servers': [
    ['bin/build.js', '--if-stale'],
    ['bin/test.js', '--servers', ...rest],
  ],
  'test:clients': [['bin/test.js', '--clients', ...rest]],
  'test:damage': [['test/damage/run.ts', ...rest]],
  'test:kills': [
    ['bin/build.js', '--if-stale'],
    ['test/damage/kills.ts', ...rest],
  ],
  tour: [
    ['bin/build.js', '--if-stale'],
    ['bin/tour.js', ...rest],
  ],
  build: [['bin/build.js', ...rest]],
  package: [
    ['bin/build.js', '--if-stale'],
    ['packaging/build.ts', ...rest],
  ],
  check: [
    ['node_modules/typescript/bin/tsc', '--noEmit'],
    ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', ...rest],
  ],
  dev: [['bin/minimon.js', ...rest]],
  generate: [['bin/generate.js', ...rest]],
};

const steps = TASKS[task];
if (!steps) {
  process.stderr.write(`Usage: node bin/setup.js ${Object.keys(TASKS).join('|')}\n`);
  process.exit(2);
}

try {
  const node = findNode();
  const env = environmentWith(node);
  if (task === 'dev') env.MINIMON_FROM_SOURCE = '1';
  await installDependencies(env);
  for (const args of steps) {
    const code = await runChild(node, args, { cwd: root, env });
    if (code !== 0) {
      process.exitCode = code;
      break;
    }
  }
} catch (error) {
  process.stderr.write(`Error: ${error.message}\n`);
  process.exitCode = 1;
}

async function installDependencies(env) {
  const lock = createHash('sha256')
    .update(readFileSync(`${root}/package-lock.json`))
    .digest('hex');
  const stamp = `${root}/node_modules/.minimon-lock`;
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  process.stderr.write('Installing the dependencies\n');
  const code = await runChild(
    'npm',
    ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel', 'error'],
    {
      cwd: root,
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
      shell: process.platform === 'win32',
    },
  );
  if (code !== 0) throw new Error('npm ci failed; its message stands above');
  writeFileSync(stamp, lock);
}
