// Runs a command in this process with a context that a test wrote down: recorded streams, one moment, services in memory.
import { readFileSync } from 'node:fs';
import { PassThrough, Readable, Writable } from 'node:stream';
import { Config } from '@oclif/core';
import type { AnalyzeService } from '../../src/api/analyze.ts';
import type { ManageClient } from '../../src/api/manage.ts';
import type { DeadLetterService } from '../../src/api/persist.ts';
import type { WarnClient } from '../../src/api/warn.ts';
import type { CliContext } from '../../src/assembly/cli-context.ts';
import type { BaseCommand } from '../../src/terminal/base-command.ts';
import { exitCodeOf } from '../../src/terminal/errors.ts';
import { NOW } from '../terminal/screens.ts';
import { until } from '../until.ts';

export type Scene = {
  readonly manage?: ManageClient;
  readonly analyze?: AnalyzeService;
  readonly persist?: DeadLetterService;
  readonly warn?: Partial<WarnClient>;
  /** stdin and stdout are terminals of 80 columns. */
  readonly terminal?: boolean;
  /** Whoever read stdout has closed the pipe. */
  readonly readerGone?: boolean;
  /** What standard input holds, when it is no terminal. */
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Keys, each sent once its question is on the screen. */
  readonly answers?: readonly (readonly [RegExp, string])[];
};

export type Outcome = {
  readonly stdout: string;
  readonly stderr: string;
  readonly error: (Error & { readonly code?: string; readonly hint?: string }) | undefined;
  readonly exit: number;
};

/** One service that must not be asked. */
const unasked = <Service>(name: string): Service =>
  new Proxy({} as Service & object, {
    get: (_target, key) => {
      if (key === 'then') return undefined;
      throw new Error(`${name}.${String(key)} was asked`);
    },
  });

type CommandClass = (new (
  argv: string[],
  config: Config,
) => BaseCommand & { run(): Promise<void> }) & {
  run(argv: string[], config: Config): Promise<unknown>;
};
let loaded: Promise<Config> | undefined;

/** oclif's own configuration without a command: finding commands is not what these tests are about. */
function config(): Promise<Config> {
  const pjson = JSON.parse(readFileSync('package.json', 'utf8'));
  const { commands: _, ...oclif } = pjson.oclif;
  loaded ??= Config.load({ root: process.cwd(), pjson: { ...pjson, oclif } });
  return loaded;
}

export async function runCommand(
  command: unknown,
  argv: readonly string[],
  scene: Scene = {},
): Promise<Outcome> {
  const { terminal = false, answers = [], readerGone = false } = scene;
  const [stdout, stderr] = [recorder(terminal, readerGone), recorder(terminal)];
  const keys = Object.assign(new PassThrough(), { isTTY: true });
  const context: CliContext = {
    environment: {
      USER: 'ann',
      HOME: '/nonexistent',
      LANG: 'C.UTF-8',
      TERM: 'xterm',
      NO_COLOR: '1',
      ...scene.environment,
    },
    stdin: (terminal
      ? keys
      : Readable.from(scene.input === undefined ? [] : [scene.input])) as NodeJS.ReadStream,
    stdout: stdout.stream,
    stderr: stderr.stream,
    nowMs: () => NOW,
    openManage: async () => scene.manage ?? unasked<ManageClient>('manage'),
    openPersist: async () => scene.persist ?? unasked<DeadLetterService>('persist'),
    openWarn: async () => (scene.warn as WarnClient | undefined) ?? unasked<WarnClient>('warn'),
    openAnalyze: async () => scene.analyze ?? unasked<AnalyzeService>('analyze'),
  };
  class WithContext extends (command as CommandClass) {
    static openContext = () => context;
  }
  const before = process.exitCode;
  let error: Outcome['error'];
  const running = WithContext.run([...argv], await config()).catch((thrown: unknown) => {
    error = thrown as Error;
  });
  let seen = 0;
  for (const [question, answer] of answers) {
    await until(
      `${question} on the screen`,
      () => {
        if (error) throw error;
        return question.test(stdout.text().slice(seen));
      },
      { seen: stdout.text },
    );
    seen = stdout.text().length;
    keys.write(answer);
  }
  await running;
  const exit = error ? exitCodeOf(error) : Number(process.exitCode ?? 0);
  process.exitCode = before;
  return { stdout: stdout.text(), stderr: stderr.text(), error, exit };
}

function recorder(isTTY: boolean, isClosed = false) {
  let text = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      if (isClosed) return done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
      text += chunk;
      done();
    },
  });
  // As process.stdout, it is not ended by what is piped into it: questions are.
  const like = Object.assign(stream, {
    end: () => stream,
    isTTY,
    columns: isTTY ? 80 : undefined,
    rows: isTTY ? 24 : undefined,
  });
  return { stream: like as unknown as NodeJS.WriteStream, text: () => text };
}
