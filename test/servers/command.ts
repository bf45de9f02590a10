// Runs the package managers and compilers that bring the servers, and says plainly what is missing or went wrong.
import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';

/** What to do when a tool is not there. */
const SOURCES: Readonly<Record<string, string>> = {
  mvn: 'install Maven (Debian: apt-get install maven)',
  java: 'install a Java runtime, 17 or newer (Debian: apt-get install openjdk-17-jre-headless)',
  go: 'install Go 1.24 or newer',
  cargo: 'install Rust with rustup',
  'pkg-config': 'install pkg-config (Debian: apt-get install pkg-config)',
  gcc: 'install a C compiler (Debian: apt-get install gcc)',
  'apt-get': 'this package comes from Debian; on another system put the server on the PATH yourself',
  'dpkg-deb': 'this package comes from Debian; on another system put the server on the PATH yourself',
  setpriv: 'install util-linux (the servers are tied to the test process with it; Linux only)',
};

export type CommandOptions = {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
};

/** Standard output. Rejects with the command, its exit code and the end of what it said. */
export async function run(command: readonly string[], options: CommandOptions = {}): Promise<string> {
  const [program, ...args] = command as [string, ...string[]];
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    said = (said + text).slice(-4_000);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4_000);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'ENOENT' ? missing(program) : error),
    );
    child.on('close', resolve);
  });
  if (code !== 0) throw new Error(`${command.join(' ')} ended with code ${code}:\n${said.trim()}`);
  return output;
}

/** Rejects with one error that names all that is missing, before a long build starts. */
export async function requireTools(what: string, programs: readonly string[]): Promise<void> {
  const absent: string[] = [];
  for (const program of programs) if (!(await findProgram(program))) absent.push(program);
  if (absent.length > 0) {
    const lines = absent.map((program) => `  ${program}: ${SOURCES[program] ?? 'install it'}`);
    throw new Error(`${what} needs what is not on the PATH:\n${lines.join('\n')}`);
  }
}

export async function findProgram(program: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('sh', ['-c', 'command -v "$1"', 'sh', program]);
    return stdout.trim() || undefined;
  } catch {
    return undefined;
  }
}

const missing = (program: string) =>
  new Error(`${program} is not on the PATH: ${SOURCES[program] ?? 'install it'}`);
