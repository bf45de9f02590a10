// Not in the suite: the .deb under a real systemd, in a container, from the first installation until it is purged.
//   debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,procps bookworm ROOT
//   node packaging/build.ts --compression none && node test/packaging/nspawn.ts ROOT dist.packages/minimon_*_amd64.deb
// As root, with systemd-nspawn. It changes ROOT, and needs a few minutes.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const [root = '', deb = ''] = process.argv.slice(2).map((path) => resolve(path));
if (!root || !deb) {
  process.stderr.write('Usage: node test/packaging/nspawn.ts ROOT PACKAGE.deb\n');
  process.exit(2);
}

/** A process waits this long for what systemd does. */
const PATIENCE_MS = 60_000;
const ENVIRONMENT = ['PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'HOME=/root', 'LANG=C.UTF-8'];
const flags = [
  '--boot',
  `--directory=${root}`,
  '--private-network',
  '--register=no',
  '--keep-unit',
  '--quiet',
];
const nspawn = spawn('systemd-nspawn', flags, { stdio: 'ignore' });
let leader = 0;

/** Runs a line of sh in the container; `fails` expects an exit code other than 0. */
function inside(line: string, { fails = false } = {}): string {
  const enter = ['-m', '-u', '-i', '-n', '-p', '-C', '-t', String(leader), 'env', '-i', ...ENVIRONMENT];
  const { status, stdout, stderr } = spawnSync('nsenter', [...enter, 'sh', '-c', line], { encoding: 'utf8' });
  if ((status !== 0) !== fails) throw new Error(`${line}: exit ${status}\n${stdout}${stderr}`);
  return `${stdout}${stderr}`.trim();
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  for (const endMs = performance.now() + PATIENCE_MS; !isSo(); await sleep(250))
    if (performance.now() > endMs) throw new Error(`not within ${PATIENCE_MS / 1000} s: ${what}`);
}

const shown = (unit: string, property: string) => inside(`systemctl show -p ${property} --value ${unit}`);
const isActive = (unit: string) => shown(unit, 'ActiveState') === 'active';

async function step(name: string, work: () => void | Promise<void>): Promise<void> {
  const startMs = performance.now();
  await work();
  process.stdout.write(`ok ${name} (${((performance.now() - startMs) / 1000).toFixed(1)} s)\n`);
}

/** The same package with a higher version. */
function newer(path: string): string {
  const work = mkdtempSync(join(root, 'root/newer-'));
  execFileSync('dpkg-deb', ['-R', path, work]);
  const control = join(work, 'DEBIAN/control');
  writeFileSync(control, readFileSync(control, 'utf8').replace(/^Version: .*$/m, '$&+next'));
  execFileSync('dpkg-deb', ['--root-owner-group', '-Znone', '-b', work, join(root, 'root/next.deb')]);
  rmSync(work, { recursive: true });
  return '/root/next.deb';
}

/** A second host beside the agent of `up`. */
const SECOND = `[Service]
StateDirectory=minimon-second
Environment=MINIMON_AGENT_HOST_ID=second MINIMON_AGENT_ADMIN=127.0.0.1:9090 MINIMON_DATA=/var/lib/minimon-second MINIMON_AGENT_INTERVAL=2s
WatchdogSec=6
`;

const reporting = (host: string) =>
  inside(`minimon hosts unmanaged -o name || true`).split('\n').includes(host);

try {
  await step('the container boots', async () => {
    await until('a first process', () => {
      const { stdout } = spawnSync('pgrep', ['-P', String(nspawn.pid)], { encoding: 'utf8' });
      leader = Number(stdout.trim().split('\n')[0]);
      return leader > 0;
    });
    await until('systemd', () => {
      try {
        return ['running', 'degraded'].includes(inside('systemctl is-system-running || true'));
      } catch {
        return false;
      }
    });
    inside(
      'ip link set lo up 2>/dev/null || true; dpkg -P minimon 2>/dev/null; rm -rf /var/lib/minimon* || true',
    );
  });

  await step('the package installs, starts nothing and has its user', () => {
    copyFileSync(deb, join(root, 'root/first.deb'));
    inside('dpkg -i /root/first.deb');
    assert.equal(inside('systemctl list-units --all --no-legend "minimon-*"'), '');
    assert.match(inside('id minimon'), /minimon/);
    assert.match(inside('minimon --version'), /^minimon\//);
    assert.equal(inside('stat -c "%a %U" /etc/minimon/credentials/agent'), '700 root');
  });

  await step('install up --now: ready, told by the process itself', async () => {
    inside('minimon install up --now');
    assert.ok(isActive('minimon-up'));
    assert.equal(shown('minimon-up', 'StatusText'), 'ready');
    const host = inside('hostname');
    await until('its own host reports', () => reporting(host));
  });

  await step('a second run says unchanged', () => {
    const outcomes = inside('minimon install up -o csv --no-headers').split('\n');
    assert.deepEqual(
      outcomes.filter((line) => line.includes('/')).filter((line) => !line.startsWith('unchanged')),
      [],
    );
  });

  await step('an agent beside it reports', async () => {
    inside('mkdir -p /etc/systemd/system/minimon-agent.service.d');
    writeFileSync(join(root, 'etc/systemd/system/minimon-agent.service.d/second.conf'), SECOND);
    inside('systemctl daemon-reload && minimon install agent --now');
    await until('the second host reports', () => reporting('second'));
  });

  await step('signs of life keep it; one that hangs is killed and started again', async () => {
    const before = shown('minimon-agent', 'MainPID');
    await sleep(15_000);
    assert.equal(shown('minimon-agent', 'MainPID'), before, 'it was killed although it turned');
    inside(`kill -STOP ${before}`);
    await until('a restart by the watchdog', () => Number(shown('minimon-agent', 'NRestarts')) === 1);
    assert.match(inside('journalctl -b -u minimon-agent -o cat'), /Watchdog timeout/);
    await until('it is ready again', () => isActive('minimon-agent'));
  });

  await step('kill -9 of both: started again, what was acknowledged is there', async () => {
    const iso = (agoMs: number) => new Date(Date.now() - agoMs).toISOString();
    const range = `--since ${iso(30_000)} --until ${iso(4_000)}`;
    const stored = () => inside(`minimon metrics --host second --metric cpu.usage ${range} -o csv`);
    const before = stored();
    assert.ok(before.split('\n').length > 5, before);
    inside('systemctl kill -s KILL minimon-up minimon-agent');
    await until('both are ready again', () => ['minimon-up', 'minimon-agent'].every(isActive));
    await until('the same samples', () => stored() === before);
  });

  await step('a configuration with a mistake stops it at once, and is no loop', async () => {
    inside('echo "agent: {intervall: 1s}" > /etc/minimon/config.yaml; systemctl restart minimon-agent', {
      fails: true,
    });
    await until('failed', () => shown('minimon-agent', 'ActiveState') === 'failed');
    assert.match(inside('journalctl -b -u minimon-agent -o cat -n 20'), /Did you mean interval/i);
    inside(
      'echo "log: {level: info}" > /etc/minimon/config.yaml; systemctl reset-failed minimon-agent; systemctl start minimon-agent',
    );
  });

  await step(
    'an upgrade drains, starts again what ran and nothing else, and keeps data and configuration',
    async () => {
      inside('systemctl stop minimon-agent');
      const pid = shown('minimon-up', 'MainPID');
      const said = inside(`dpkg -i --force-confdef --force-confold ${newer(join(root, 'root/first.deb'))}`);
      assert.match(said, /next/);
      await until('up is ready', () => isActive('minimon-up'));
      assert.notEqual(shown('minimon-up', 'MainPID'), pid);
      assert.equal(shown('minimon-agent', 'ActiveState'), 'inactive');
      assert.match(inside('journalctl -b -u minimon-up -o cat'), /^Stopped\.$/m);
      assert.equal(inside('cat /etc/minimon/config.yaml'), 'log: {level: info}');
      await until('the second host is known', () =>
        inside('minimon hosts list -o name; minimon hosts unmanaged -o name').includes('second'),
      );
    },
  );

  await step('TLS as docs/install.md has it, command by command', async () => {
    const [, section = ''] =
      /^## From one machine(.*?)^## /ms.exec(readFileSync('docs/install.md', 'utf8')) ?? [];
    const [prepare, start, enrol = '', look] = [...section.matchAll(/```sh\n(.*?)```/gs)].map(
      ([, text]) => text!,
    );
    const [, settings = ''] = /```yaml\n(.*?)```/s.exec(section) ?? [];
    inside('grep -q monitor.example /etc/hosts || echo 127.0.0.1 monitor.example >>/etc/hosts');
    inside(prepare!);
    writeFileSync(join(root, 'etc/minimon/config.yaml'), settings);
    inside(`${start!}systemctl restart minimon-up`);
    const [make, , onHost = ''] = enrol.split('\n');
    inside(`cd /root && ${make}`);
    // On one machine with the services: what the configuration of another would have says the unit.
    const dropIn = join(root, 'etc/systemd/system/minimon-agent.service.d/second.conf');
    const ofHost = 'Environment=MINIMON_AGENT_HOST_ID=web-1 MINIMON_DISCOVERY_REPORTS=monitor.example:8000\n';
    writeFileSync(dropIn, SECOND.replace(/MINIMON_AGENT_HOST_ID=\S+ /, '') + ofHost);
    const installs = onHost.replace('ssh web-1 sudo ', '').replace(/--report \S+ /, '');
    inside(`systemctl daemon-reload; cd /root && ${installs}; systemctl restart minimon-agent`);
    await until('web-1 reports over TLS', () => /web-1 +725 +reporting/.test(inside('minimon hosts list')));
    assert.match(inside(look!), /web-1 +enrolled/);
    inside('systemctl start minimon-tls-renew.service');
    assert.equal(shown('minimon-tls-renew.service', 'Result'), 'success');
    assert.notEqual(shown('minimon-tls-renew.timer', 'ActiveState'), 'inactive');
  });

  await step('uninstall disables; remove stops and keeps the data; purge takes the configuration', () => {
    inside('systemctl start minimon-agent; minimon uninstall agent');
    assert.equal(shown('minimon-agent', 'ActiveState'), 'inactive');
    assert.match(inside('dpkg -r minimon'), /data is left in \/var\/lib\/minimon/);
    assert.equal(inside('pgrep -u minimon || true'), '');
    inside('test -s /var/lib/minimon/manage/catalog.sqlite && test -f /etc/minimon/config.yaml');
    inside('dpkg -P minimon; test ! -e /etc/minimon && test -d /var/lib/minimon');
  });

  await step('systemd has said nothing bad', () => {
    const bad = inside(
      'journalctl -b -o cat | grep -E "SIGSYS|seccomp|Unknown key name|Failed to (load|set up) (cred|mount)|Cannot find module" || true',
    );
    assert.equal(bad, '');
  });
} catch (error) {
  process.stderr.write(`${(error as Error).stack}\n`);
  if (leader > 0) process.stderr.write(`${inside('journalctl -o cat -n 60 --no-pager || true')}\n`);
  process.exitCode = 1;
} finally {
  // Halts it; a container that does not is killed.
  if (leader > 0) inside('systemctl poweroff --force || true');
  await Promise.race([once(nspawn, 'exit'), sleep(20_000)]);
  nspawn.kill('SIGKILL');
}
