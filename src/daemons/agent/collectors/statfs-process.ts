// A child process for statfs, so that a hanging call blocks no thread of the agent.
import { type ChildProcess, spawn } from 'node:child_process';

/** What statfs says; counts of blocks and files. `frsize` is what blocks are counted in. */
export type FsStat = {
  readonly bsize: bigint;
  readonly frsize?: bigint;
  readonly blocks: bigint;
  readonly bfree: bigint;
  readonly bavail: bigint;
  readonly files: bigint;
  readonly ffree: bigint;
};

export type StatfsProcess = {
  /** So many may hang there; the other threads are for what answered last time. */
  readonly mostWaiting: number;
  /** Rejects when the process ends, or with the `code` of what statfs says. Starts the process if need be. */
  ask(path: Buffer): Promise<FsStat>;
  start(): void;
  /** Ends it; the next question starts another. */
  close(): void;
};

const THREADS = 64;

/** A line with the path in hex is a question. It ends with its parent, also while its threads hang. */
const PROGRAM = `
const { statfs } = require('node:fs');
const die = () => process.kill(process.pid, 'SIGKILL');
let rest = '';
process.stdin.setEncoding('latin1').on('end', die).on('error', die).on('data', (text) => {
  const lines = (rest + text).split('\\n');
  rest = lines.pop();
  for (const hex of lines)
    statfs(Buffer.from(hex, 'hex'), { bigint: true }, (error, s) => {
      const answer = error ? [error.code] : [s.bsize, s.frsize ?? 0n, s.blocks, s.bfree, s.bavail, s.files, s.ffree];
      process.stdout.write(hex + ' ' + answer.join(' ') + '\\n');
    });
});
process.stdout.on('error', die);
`;

type Waiting = { readonly resolve: (stat: FsStat) => void; readonly reject: (error: Error) => void };

export function createStatfsProcess(): StatfsProcess {
  let child: ChildProcess | undefined;
  const waiting = new Map<string, Waiting>();

  function start(): ChildProcess {
    if (child) return child;
    const started = spawn(process.execPath, ['--max-old-space-size=16', '-e', PROGRAM], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { UV_THREADPOOL_SIZE: String(THREADS) },
    });
    child = started;
    let rest = '';
    started.stdout!.setEncoding('latin1').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop()!;
      for (const line of lines) answered(line);
    });
    const gone = (error: Error) => {
      if (child === started) end(error);
    };
    started.on('error', gone).on('exit', () => gone(new Error('the process for statfs ended')));
    started.stdin!.on('error', gone);
    // It must not keep the agent running.
    for (const part of [started, started.stdin, started.stdout])
      (part as unknown as { unref?(): void }).unref?.();
    return started;
  }

  function answered(line: string) {
    const [hex = '', ...words] = line.split(' ');
    const question = waiting.get(hex);
    waiting.delete(hex);
    if (words.length === 1) return question?.reject(Object.assign(new Error(words[0]), { code: words[0] }));
    const [bsize = 0n, frsize = 0n, blocks = 0n, bfree = 0n, bavail = 0n, files = 0n, ffree = 0n] =
      words.map(BigInt);
    question?.resolve({ bsize, frsize, blocks, bfree, bavail, files, ffree });
  }

  function end(error: Error) {
    const ended = child;
    child = undefined;
    ended?.kill('SIGKILL');
    const all = [...waiting.values()];
    waiting.clear();
    for (const { reject } of all) reject(error);
  }

  return {
    mostWaiting: THREADS / 2,
    ask: (path) =>
      new Promise((resolve, reject) => {
        const hex = path.toString('hex');
        const { stdin } = start();
        waiting.set(hex, { resolve, reject });
        stdin!.write(`${hex}\n`);
      }),
    start: () => void start(),
    close: () => end(new Error('the process for statfs was ended')),
  };
}
