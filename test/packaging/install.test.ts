// `minimon install` and `uninstall`: what they write below a root, that a second run changes nothing, and what stays.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { loadConfig } from '../../src/assembly/config-load.ts';
import { applySteps } from '../../src/assembly/install/apply.ts';
import { configFor, EXAMPLE_CONFIG } from '../../src/assembly/install/example-config.ts';
import { installPlace } from '../../src/assembly/install/place.ts';
import {
  dataOf,
  type InstallPlace,
  type InstallRequest,
  installSteps,
  uninstallSteps,
} from '../../src/assembly/install/plan.ts';
import { type ServiceName, unitText } from '../../src/assembly/install/units.ts';
import { temporary } from '../assembly/installed-program.ts';

const COMMAND = ['/usr/bin/node', '/usr/lib/node_modules/minimon/bin/minimon.js'];
const EXAMPLE = { text: EXAMPLE_CONFIG, isExample: true };

/** A machine of the test's own: a folder as its root, and commands that are written down. */
function machine(more: Partial<InstallPlace> = {}) {
  const root = temporary('root');
  const place: InstallPlace = { root, command: COMMAND, systemd: true, ...more };
  const ran: string[] = [];
  const run = (command: readonly string[]) => {
    ran.push(command.join(' ').replaceAll(root, ''));
    if (command[0] !== 'systemd-sysusers') return;
    mkdirSync(join(root, 'etc'), { recursive: true });
    writeFileSync(join(root, 'etc/passwd'), 'minimon:x:999:999::/var/lib/minimon:/usr/sbin/nologin\n');
  };
  const outcomes = (done: ReturnType<typeof applySteps>) =>
    Object.fromEntries(done.map(({ outcome, what }) => [what.replaceAll(root, ''), outcome]));
  return {
    root,
    place,
    ran,
    at: (path: string) => join(root, path),
    put(path: string, text: string) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    },
    text: (path: string) => readFileSync(join(root, path), 'utf8'),
    install: (request: Partial<InstallRequest> = {}, dryRun = false) =>
      outcomes(
        applySteps(installSteps({ service: 'agent', config: EXAMPLE, now: false, ...request }, place), {
          dryRun,
          run,
        }),
      ),
    uninstall: (service: ServiceName, purgeData = false, dryRun = false) =>
      outcomes(
        applySteps(
          uninstallSteps({ service, purgeData }, { ...place, data: join(root, 'var/lib/minimon') }),
          {
            dryRun,
            run,
          },
        ),
      ),
  };
}

const UNIT = '/etc/systemd/system/minimon-agent.service';
const CONFIG = '/etc/minimon/config.yaml';

describe('install', () => {
  test('writes the user, the configuration, the directory of secrets and the unit, and reloads systemd', () => {
    const it = machine();
    assert.deepEqual(it.install(), {
      '/etc/sysusers.d/minimon.conf': 'created',
      'systemd-sysusers /etc/sysusers.d/minimon.conf': 'run',
      [CONFIG]: 'created',
      '/etc/minimon/credentials/agent': 'created',
      [UNIT]: 'created',
      'systemctl daemon-reload': 'run',
      'systemctl try-restart minimon-agent.service': 'run',
    });
    assert.equal(it.text(UNIT), unitText('agent', { command: COMMAND }));
    const mode = (path: string) => statSync(it.at(path)).mode & 0o777;
    assert.deepEqual([CONFIG, '/etc/minimon/credentials/agent', UNIT].map(mode), [0o644, 0o700, 0o644]);
  });

  test('a second run changes nothing and runs nothing, whatever stands in the configuration by then', () => {
    const it = machine();
    it.install();
    it.put(CONFIG, 'insecure: true\n');
    it.ran.length = 0;
    assert.deepEqual(new Set(Object.values(it.install())), new Set(['unchanged']));
    assert.deepEqual(it.ran, []);
    assert.equal(it.text(CONFIG), 'insecure: true\n');
  });

  test('a dry run says the same and changes nothing', () => {
    const it = machine();
    const said = it.install({ now: true }, true);
    assert.equal(existsSync(it.at('/etc')), false);
    assert.deepEqual(it.ran, []);
    assert.deepEqual(it.install({ now: true }), said);
  });

  test('--now enables and starts it, each time; a unit that changed restarts a service that runs', () => {
    const it = machine();
    it.install({ now: true });
    assert.deepEqual(it.ran.slice(-2), [
      'systemctl try-restart minimon-agent.service',
      'systemctl enable --now minimon-agent.service',
    ]);
    it.ran.length = 0;
    it.install({ now: true });
    assert.deepEqual(it.ran, ['systemctl enable --now minimon-agent.service']);
  });

  test("an earlier minimon's unit is brought up to date, one of somebody else is left", () => {
    const it = machine();
    it.put(UNIT, unitText('agent', { command: ['/opt/old/node', '/opt/old/minimon.js'] }));
    assert.equal(it.install()[UNIT], 'changed');
    it.put(UNIT, '[Service]\nExecStart=/usr/local/bin/minimon daemon agent\n');
    assert.equal(it.install()[UNIT], 'left');
    assert.match(it.text(UNIT), /usr\/local/);
  });

  test('settings go into a configuration that is not there yet, and into no other', async () => {
    const it = machine();
    const settings = [
      { key: 'discovery.reports', value: ['10.0.0.6:8000'], flag: '--report' },
      { key: 'agent.location', value: '0725', flag: '--location' },
      { key: 'bus.max_size', value: '1GiB', flag: '--set bus.max_size' },
    ];
    const config = { text: await configFor(settings), isExample: false };
    assert.equal(it.install({ config })[CONFIG], 'created');
    const { config: read } = await loadConfig({ environment: {}, file: it.at(CONFIG), flags: [] });
    assert.deepEqual(read.discovery, { kind: 'static', reports: ['10.0.0.6:8000'] });
    assert.equal(read.agent.location, '0725');
    assert.equal(it.install({ config })[CONFIG], 'unchanged');
    it.put(CONFIG, 'insecure: true\n');
    assert.equal(it.install({ config })[CONFIG], 'left');
    await assert.rejects(configFor([{ key: 'agent.locatoin', value: '7', flag: '--set agent.locatoin' }]), {
      code: 'BAD_CONFIG',
    });
  });

  test('the unit of a package is used as it is', () => {
    const it = machine();
    it.put('/usr/lib/systemd/system/minimon-agent.service', unitText('agent', { command: COMMAND }));
    it.put('/usr/lib/sysusers.d/minimon.conf', 'u minimon -\n');
    const done = it.install({ now: true });
    assert.equal(done['/usr/lib/systemd/system/minimon-agent.service'], 'unchanged');
    assert.equal(existsSync(it.at(UNIT)), false);
    assert.deepEqual(it.ran.slice(1), ['systemctl enable --now minimon-agent.service']);
    assert.deepEqual(it.uninstall('agent'), {
      'systemctl disable --now minimon-agent.service': 'run',
      [UNIT]: 'not there',
    });
  });

  test('without a running systemd files are written and nothing is started', () => {
    const it = machine({ systemd: false });
    assert.equal(it.install({ now: true })[UNIT], 'created');
    assert.deepEqual(it.ran, []);
  });

  test("a user's own service needs no root, no user and no directories of the system", () => {
    const configHome = temporary('config');
    const it = machine({ user: { configHome } });
    const done = it.install({ service: 'up', now: true });
    const unit = join(configHome, 'systemd/user/minimon-up.service');
    assert.equal(done[unit], 'created');
    assert.deepEqual(it.ran.at(-1), 'systemctl --user enable --now minimon-up.service');
    assert.equal(existsSync(it.at('/etc')), false);
    assert.doesNotMatch(readFileSync(unit, 'utf8'), /^(User|StateDirectory|ProtectSystem)=/m);
    assert.equal(statSync(join(configHome, 'minimon/config.yaml')).mode & 0o777, 0o600);
  });

  test('a program that no service may start is refused, and so is anybody but root', (t) => {
    const place = (launcher: string, isRoot = true) =>
      installPlace({
        ...{ environment: {}, root: undefined, user: false, dryRun: false },
        ...{ execPath: '/bin/sh', launcher, isRoot },
      });
    // Where PrivateTmp= hides it.
    const home = mkdtempSync('/tmp/minimon-home-');
    t.after(() => rmSync(home, { recursive: true }));
    writeFileSync(join(home, 'minimon.js'), '');
    assert.throws(() => place(join(home, 'minimon.js')), { code: 'USAGE' });
    assert.equal(place('/etc/hostname').root, '/');
    assert.throws(() => place('/etc/hostname', false), { code: 'NEEDS_ROOT' });
  });

  test('a failed command stops it, and a second run goes on from there', () => {
    const it = machine();
    const steps = () => installSteps({ service: 'agent', config: EXAMPLE, now: true }, it.place);
    const failing = () => {
      throw new Error('no bus');
    };
    assert.throws(() => applySteps(steps(), { dryRun: false, run: failing }), /no bus/);
    assert.equal(existsSync(it.at(UNIT)), false);
    assert.equal(it.install({ now: true })[UNIT], 'created');
    assert.ok(it.ran.includes('systemd-sysusers /etc/sysusers.d/minimon.conf'));
  });
});

describe('uninstall', () => {
  test('stops it and removes the unit; configuration and data stay', () => {
    const it = machine();
    it.install();
    it.put('/var/lib/minimon/agent/spool.sqlite', 'ticks');
    it.ran.length = 0;
    assert.deepEqual(it.uninstall('agent'), {
      'systemctl disable --now minimon-agent.service': 'run',
      [UNIT]: 'removed',
      'systemctl daemon-reload': 'run',
    });
    assert.ok(existsSync(it.at(CONFIG)));
    assert.equal(it.text('/var/lib/minimon/agent/spool.sqlite'), 'ticks');
    assert.deepEqual(it.uninstall('agent'), { [UNIT]: 'not there' });
  });

  test('--purge-data deletes what the service stored and nothing of another one', () => {
    const it = machine();
    const data = it.at('/var/lib/minimon');
    it.put('/var/lib/minimon/agent/spool.sqlite', 'ticks');
    it.put('/var/lib/minimon/manage/catalog.sqlite', 'hosts');
    assert.deepEqual(dataOf('agent', data), [join(data, 'agent')]);
    assert.equal(it.uninstall('agent', true, true)['/var/lib/minimon/agent'], 'removed');
    assert.ok(existsSync(join(data, 'agent')), 'a dry run deletes nothing');
    it.uninstall('agent', true);
    assert.deepEqual([existsSync(join(data, 'agent')), existsSync(join(data, 'manage'))], [false, true]);
    it.uninstall('up', true);
    assert.equal(existsSync(data), false);
  });

  test('a unit of somebody else stays', () => {
    const it = machine();
    it.put(UNIT, '[Service]\n');
    assert.equal(it.uninstall('agent')[UNIT], 'left');
    assert.ok(existsSync(it.at(UNIT)));
  });
});

test('each example of the configuration is one', async () => {
  const it = machine();
  // A hash, a space and a word are a comment; what is left is an example.
  const text = EXAMPLE_CONFIG.replace(/^# \S.*$/gm, '').replace(/^#(?! {3})/gm, '');
  it.put('config.yaml', text);
  // The store's token is not in it: it is a credential.
  const environment = { MINIMON_STORE_TOKEN: 'x' };
  const { config, origins } = await loadConfig({ environment, file: it.at('config.yaml'), flags: [] });
  assert.deepEqual(
    [config.bus.kind, config.store.kind, config.catalog.kind, config.agent.location, config.server],
    ['kafka', 'influxdb', 'mysql', '725', 'monitor.example'],
  );
  assert.ok(origins.size > 10);
});
