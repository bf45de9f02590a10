// What is in the packages: the program and its documents, nothing that only a checkout needs; manual pages of all commands.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, globSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { manPages } from '../../bin/man-pages.ts';
import { writeDebFiles } from '../../packaging/deb.ts';
import { writeTree } from '../../packaging/tree.ts';
import { SERVICES } from '../../src/assembly/install/units.ts';
import { build, temporary } from '../assembly/installed-program.ts';

const arch = process.arch as 'x64' | 'arm64';
const isForeign = process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch);
/** A program of this machine in the place of Node, which is a hundred times as large. */
const SMALL = '/bin/sh';

before(build);

test('npm pack has what runs, and nothing of what only a checkout needs', (t) => {
  const packed = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { encoding: 'utf8' });
  if (packed.error) return t.skip('npm is not on this machine');
  const paths: string[] = JSON.parse(packed.stdout)[0].files.map(({ path }: { path: string }) => path);
  for (const wanted of [
    ...[
      'bin/minimon.js',
      'bin/whole-program.js',
      'dist/main.js',
      'dist/agent-main.js',
      'dist/client/main.js',
    ],
    ...['dist/oclif.manifest.json', 'dist/proto/minimon/v1/report.proto', 'dist/man/minimon.1', 'README.md'],
    ...globSync('src/**/{*-,}worker.ts').map((path) => path.replace(/^src(.*)\.ts$/, 'dist$1.js')),
  ])
    assert.ok(paths.includes(wanted), wanted);
  const imported = globSync('bin/*.js')
    .filter((path) => paths.includes(path))
    .flatMap((path) =>
      [...readFileSync(path, 'utf8').matchAll(/'\.\/([\w-]+\.js)'/g)].map(([, file]) => `bin/${file}`),
    );
  for (const file of imported) assert.ok(paths.includes(file), file);
  const wrong = paths.filter((path) =>
    /^(src|test|bench|packaging|docker)\/|\.map$|\.fingerprint$/.test(path),
  );
  assert.deepEqual(wrong, []);
  assert.equal(paths.includes('bin/build.js'), false);
});

describe('the tree of the .deb and the tarball', {
  skip: isForeign && 'there are packages for linux alone',
}, () => {
  const root = join(temporary('tree'), 'deb');
  const at = (path: string) => join(root, path);
  const run = (...args: readonly string[]) =>
    execFileSync(process.execPath, [at('usr/lib/minimon/bin/minimon.js'), ...args], {
      encoding: 'utf8',
      env: { HOME: root },
    });

  before(() => {
    writeTree({ source: process.cwd(), target: at('usr'), arch, node: SMALL });
    const about = { version: '1.2.3', description: 'it', architecture: 'amd64', installedBytes: 1 };
    writeDebFiles({ root, ...about });
  });

  test('runs by itself: commands, daemons, completion', () => {
    assert.match(run('--version'), /^minimon\/\d/);
    assert.match(run('daemon', 'report', '--help'), /publishes them to the bus/);
    assert.match(run('daemon', 'agent', '--once', '--json'), /"metric": ?"cpu\.usage"/);
    assert.match(run('completion', 'bash'), /complete /);
  });

  test("keeps what it compiles in the user's own folder, not where others of the machine may write", () => {
    const home = join(temporary('home'), 'of a user');
    const env = { HOME: home, TMPDIR: temporary('tmp') };
    execFileSync(process.execPath, [at('usr/lib/minimon/bin/minimon.js'), '--version'], { env });
    assert.deepEqual(readdirSync(env.TMPDIR), []);
    assert.ok(existsSync(join(home, '.cache/minimon/compiled')));
  });

  test('has one native module, and no manual or source map in the program', () => {
    const files = globSync('**/*', { cwd: root });
    assert.deepEqual(
      files.filter((path) => path.endsWith('.node')),
      [`usr/lib/minimon/node_modules/better-sqlite3/prebuilds/linux-${arch}.node`],
    );
    assert.deepEqual(
      files.filter((path) => /\.map$|dist\/man\/|\.fingerprint/.test(path)),
      [],
    );
  });

  test('has units, the user, an example configuration that upgrades leave, and places of secrets for root alone', () => {
    for (const service of SERVICES) {
      assert.match(
        readFileSync(at(`usr/lib/systemd/system/minimon-${service}.service`), 'utf8'),
        /^ExecStart=\/usr\/lib\/minimon\/node \/usr\/lib\/minimon\/bin\/minimon\.js /m,
      );
      assert.equal(statSync(at(`etc/minimon/credentials/${service}`)).mode & 0o777, 0o700);
    }
    assert.equal(readFileSync(at('DEBIAN/conffiles'), 'utf8'), '/etc/minimon/config.yaml\n');
    assert.match(readFileSync(at('usr/lib/sysusers.d/minimon.conf'), 'utf8'), /^u minimon /m);
  });

  test('maintainer scripts parse', () => {
    for (const name of ['postinst', 'prerm', 'postrm']) {
      assert.equal(spawnSync('sh', ['-n', at(`DEBIAN/${name}`)]).status, 0, name);
      assert.ok(statSync(at(`DEBIAN/${name}`)).mode & 0o111, name);
    }
  });

  test('a Node of another machine is refused', () => {
    const other = arch === 'x64' ? 'arm64' : 'x64';
    const target = join(temporary('tree'), 'usr');
    assert.throws(
      () => writeTree({ source: process.cwd(), target, arch: other, node: SMALL }),
      /no program for linux/,
    );
  });
});

describe('manual pages', () => {
  const manifest = () => JSON.parse(readFileSync('dist/oclif.manifest.json', 'utf8'));
  const text = (page: string) => page.replaceAll('\\-', '-');

  test('there is one of each first word, and it has every command and flag that help has', () => {
    const pages = manPages({ manifest: manifest(), pjson: JSON.parse(readFileSync('package.json', 'utf8')) });
    type Command = {
      readonly id: string;
      readonly hidden?: boolean;
      readonly flags: Record<string, { name: string; hidden?: boolean; helpGroup?: string }>;
    };
    for (const { id, hidden, flags } of Object.values<Command>(manifest().commands)) {
      if (hidden) continue;
      const words = id.split(':');
      const page = text(pages.get(`minimon-${words[0]}.1`) ?? '');
      const section = page.split(/^\.SS /m).find((part) => part.startsWith(`minimon ${words.join(' ')}\n`));
      assert.ok(section, id);
      for (const flag of Object.values(flags)) {
        if (flag.hidden || flag.helpGroup === 'GLOBAL') continue;
        assert.match(
          section,
          new RegExp(`^\\.TP\\n.*--(\\[no-\\])?${flag.name}\\\\f`, 'm'),
          `${id} ${flag.name}`,
        );
      }
    }
    assert.match(text(pages.get('minimon.1')!), /--no-color.*130/s);
    // What is packed is what is made now.
    assert.equal(readFileSync('dist/man/minimon.1', 'utf8'), pages.get('minimon.1'));
  });

  test('are read without a warning', (t) => {
    if (spawnSync('man', ['--version']).error) return t.skip('man is not on this machine');
    for (const page of ['minimon', 'minimon-hosts', 'minimon-install']) {
      const { stderr } = spawnSync('man', ['--warnings', '-E', 'UTF-8', '-l', `dist/man/${page}.1`], {
        encoding: 'utf8',
        env: { ...process.env, MANPAGER: 'cat', LC_ALL: 'C.UTF-8' },
      });
      assert.equal(stderr, '', page);
    }
  });
});
