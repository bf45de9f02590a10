// Holds that a process whose work is done ends, whatever a driver has left open.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';

const SUPERVISE = join(import.meta.dirname, '../../src/assembly/supervise.ts');
const LOGGING = join(import.meta.dirname, '../../src/runtime/logging.ts');

test('a stopped process ends with 0 although a listener was forgotten', { timeout: 30_000 }, async () => {
  const script = `
    import { createServer } from 'node:net';
    import { superviseUntilSignal } from ${JSON.stringify(SUPERVISE)};
    import { silentLogger } from ${JSON.stringify(LOGGING)};
    const thing = { async start() { createServer().listen(0, '127.0.0.1'); }, async stop() {} };
    process.exitCode = await superviseUntilSignal(thing, {
      logger: silentLogger,
      onStarted: () => process.stdout.write('started'),
    });
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});
