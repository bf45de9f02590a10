// The entry point of `minimon daemon agent`: a plain command line runs the agent alone, without the command framework and
// zod in its memory. Everything else, and everything that goes wrong before the start, is left to the whole program.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { deserialize, serialize } from 'node:v8';
import { readAgentLine } from './assembly/agent-line.ts';
import type { ConfigRequest } from './assembly/config-child.ts';
import type { Loaded } from './assembly/config-load.ts';
import type { Config } from './assembly/config-schema.ts';
import { readEnvironment, workerUrl } from './assembly/environment.ts';
import { runDaemon } from './assembly/run-daemon.ts';

export async function main(typed: readonly string[] = process.argv.slice(2)): Promise<void> {
  const line = readAgentLine(typed.slice(2));
  const environment = readEnvironment();
  const loaded = line && loadInChild({ environment, ...line });
  if (!line || !loaded) {
    const { main: whole } = await import('./main.ts');
    return whole(typed);
  }
  // What cannot be said any more ends nothing.
  process.stderr.on('error', () => {});
  try {
    process.exitCode = await runDaemon('agent', { environment, stderr: process.stderr, ...line, loaded });
  } catch (thrown) {
    const { endWith } = await import('./main.ts');
    await endWith(thrown, typed);
  }
}

const MAX_CONFIG_BYTES = 16 * 2 ** 20;

/** In a process of its own, which ends; a thread would leave 10 MB of its memory behind. */
function loadInChild(request: ConfigRequest): Loaded<Config> | undefined {
  const { environment } = request;
  const asked = serialize({ ...request, environment: { ...environment } });
  const child = [fileURLToPath(workerUrl('assembly/config-child'))];
  try {
    const answer = execFileSync(process.execPath, child, {
      ...{ input: asked, maxBuffer: MAX_CONFIG_BYTES },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    return answer.length > 0 ? (deserialize(answer) as Loaded<Config>) : undefined;
  } catch {
    return undefined;
  }
}
