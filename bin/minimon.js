#!/usr/bin/env node
// The launcher: runs the built package, or the sources in a checkout that was not built, under a new enough Node.
import module from 'node:module';
import { WHOLE_PROGRAM } from './whole-program.js';

// An import of node:fs reads all of its exports, and so loads streams and promises: 3 ms.
const { existsSync } = process.getBuiltinModule?.('node:fs') ?? (await import('node:fs'));
const [, , topic, command] = process.argv;
const isAgent = topic === 'daemon' && command === 'agent';
const entry = isAgent ? 'agent-main.js' : WHOLE_PROGRAM.includes(topic) ? 'main.js' : 'client/main.js';
const built = new URL(`../dist/${entry}`, import.meta.url);
const isBuilt = existsSync(built) && process.env.MINIMON_FROM_SOURCE !== '1';
const WITHOUT_COMPILER = '--jitless';
const [major, minor] = process.versions.node.split('.').map(Number);

if (major > 24 || (major === 24 && minor >= 15)) {
  if (isAgent) keepSmall();
  if (isBuilt) keepCompiled();
  const { main } = await import(
    isBuilt ? built.href : isAgent ? '../src/agent-main.ts' : '../src/main.ts'
  ).catch(explainMissing);
  await main();
} else {
  const { findNode } = await import('./node24.js');
  const { runChild } = await import('./child.js');
  const { fileURLToPath } = await import('node:url');
  try {
    process.exitCode = await runChild(findNode(), [fileURLToPath(import.meta.url), ...process.argv.slice(2)]);
  } catch (error) {
    process.stderr.write(`Error: ${error.message}\n`);
    process.exitCode = 1;
  }
}

/** In a fresh checkout nothing is installed yet. */
function explainMissing(error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  process.stderr.write(
    'Error: this checkout is not set up yet\nRun `npm start` (or `npm run build`) once, then try again.\n',
  );
  process.exit(1);
}

/**
 * What is compiled is kept for the next start, in a folder of the user's own: Node's own choice is one in /tmp, where
 * another user of the machine could have put code to run instead.
 */
function keepCompiled() {
  const { NODE_COMPILE_CACHE, XDG_CACHE_HOME, HOME } = process.env;
  const home = XDG_CACHE_HOME || (HOME && `${HOME}/.cache`);
  const folder = NODE_COMPILE_CACHE || (home && `${home}/minimon/compiled`);
  if (folder) module.enableCompileCache?.(folder);
}

/**
 * The agent is a guest on every host: its heap is collected more often, and nothing in it runs often enough to be worth
 * a compiler. Measured 22 MB less at the same CPU time a tick. A process that has started cannot go without its compiler
 * any more, so it begins again under its own number, 40 ms later; sources need the compiler, to have their types taken out.
 */
function keepSmall() {
  if (isBuilt && process.execve && !process.execArgv.includes(WITHOUT_COMPILER)) {
    const { execPath, execArgv, argv, env } = process;
    try {
      process.execve(execPath, [execPath, WITHOUT_COMPILER, ...execArgv, ...argv.slice(1)], env);
    } catch {
      // Not on this platform.
    }
  }
  const v8 = process.getBuiltinModule('node:v8');
  for (const flag of ['--max-semi-space-size=1', '--optimize-for-size', '--no-opt', '--no-maglev'])
    v8.setFlagsFromString(flag);
}
