// The units as systemd reads them: without a word of complaint, and below 3.0 in its own judgement of exposure.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { SERVICES, tlsRenewal, unitName, unitText } from '../../src/assembly/install/units.ts';
import { temporary } from '../assembly/installed-program.ts';

const isMissing = spawnSync('systemd-analyze', ['--version']).error !== undefined;

describe('units', { skip: isMissing && 'systemd-analyze is not on this machine' }, () => {
  const folder = temporary('units');
  const paths = SERVICES.map((service) => join(folder, unitName(service)));
  const renewal = Object.entries(tlsRenewal({ command: [process.execPath, '/bin/true'] }));

  before(() => {
    for (const [i, service] of SERVICES.entries())
      writeFileSync(paths[i]!, unitText(service, { command: [process.execPath, '/bin/true'] }));
    for (const [name, text] of renewal) writeFileSync(join(folder, name), text);
  });

  const analyze = (...args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
    return { status, said: `${stdout}${stderr}` };
  };

  test('verify is clean', () => {
    assert.deepEqual(analyze('verify', ...paths, ...renewal.map(([name]) => join(folder, name))), {
      status: 0,
      said: '',
    });
  });

  for (const name of [...SERVICES.map(unitName), 'minimon-tls-renew.service']) {
    test(`${name} is exposed below 3.0`, () => {
      const path = join(folder, name);
      const { status, said } = analyze('security', '--offline=true', '--threshold=29', path);
      assert.equal(status, 0, said.slice(-200));
    });
  }
});

test('a path with signs of its own is one word of ExecStart', () => {
  const text = unitText('up', { command: ['/opt/a b/node', '/opt/100%/$x/"minimon".js'] });
  assert.match(text, /^ExecStart="\/opt\/a b\/node" "\/opt\/100%%\/\$\$x\/\\"minimon\\"\.js" up$/m);
});

test('what V8 cannot live with is in no unit, and a shutdown has time to drain', () => {
  for (const service of SERVICES) {
    const text = unitText(service, { command: ['/bin/true'] });
    assert.doesNotMatch(text, /^MemoryDenyWriteExecute/m);
    assert.ok(Number(/^TimeoutStopSec=(\d+)$/m.exec(text)?.[1]) > 25 + 2, service);
  }
});
