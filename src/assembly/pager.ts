// Shows a text in the user's pager.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { childEnvironment } from './child-environment.ts';
import type { Environment } from './environment.ts';

/** Resolves when the pager has ended; false where there is no such program, and nothing was shown. */
export async function page(pager: string, text: string, environment: Environment): Promise<boolean> {
  const child = spawn('sh', ['-c', pager], {
    stdio: ['pipe', 'inherit', 'inherit'],
    // Quit where it fits after all, keep colours, leave the text on the screen.
    env: { LESS: 'FRX', ...childEnvironment(environment) },
  });
  // Ctrl-C is the pager's while it runs.
  const ignore = () => {};
  process.on('SIGINT', ignore);
  // Whoever has seen enough quits it before it has read all.
  child.stdin.on('error', () => {});
  child.stdin.end(text);
  try {
    const [code] = await once(child, 'close');
    return code !== 126 && code !== 127;
  } catch {
    return false;
  } finally {
    process.off('SIGINT', ignore);
  }
}
