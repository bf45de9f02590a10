// Finds a Node new enough for minimon, fetching one from npm where the machine's is older. Runs on any Node >= 18.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

const FLOOR = [24, 15];
const FETCHED = '24.21.0';

export const isNewEnough = (version) => {
  const [major, minor] = version.replace(/^v/, '').split('.').map(Number);
  return major > FLOOR[0] || (major === FLOOR[0] && minor >= FLOOR[1]);
};

export const cacheDirectory = () => join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'minimon');

/** The path of a new enough node binary. `fetch: false` returns undefined instead of fetching one. */
export function findNode({ fetch = true } = {}) {
  if (isNewEnough(process.version)) return process.execPath;
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const home = join(cacheDirectory(), `${name}-${FETCHED}`);
  const binary = join(home, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(binary)) return binary;
  if (!fetch) return undefined;

  process.stderr.write(
    `minimon needs Node ${FLOOR.join('.')} or newer, this is ${process.version}: fetching ${FETCHED} from npm\n`,
  );
  mkdirSync(cacheDirectory(), { recursive: true });
  const draft = mkdtempSync(join(cacheDirectory(), 'node-'));
  const npm = spawnSync(
    'npm',
    ['install', '--prefix', draft, '--ignore-scripts', '--no-audit', '--no-fund', `${name}@${FETCHED}`],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
      cwd: draft,
      shell: process.platform === 'win32',
    },
  );
  if (npm.status !== 0) {
    rmSync(draft, { recursive: true, force: true });
    throw new Error(
      `npm could not fetch ${name}@${FETCHED}; install Node ${FLOOR.join('.')} or newer yourself and try again`,
    );
  }
  // Another setup may have been faster: either one's result will do.
  if (existsSync(binary)) rmSync(draft, { recursive: true, force: true });
  else renameSync(draft, home);
  return binary;
}

/** An environment in which `node` is the given binary, for npm and for child processes. */
export const environmentWith = (binary) => ({
  ...process.env,
  PATH: `${dirname(binary)}:${process.env.PATH ?? ''}`,
});
