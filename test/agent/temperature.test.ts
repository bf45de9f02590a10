// Temperatures from hwmon and thermal zones: stable names, readings that cannot be true, sensors that fail, come and go.
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { createRootTree, type Ending, type Files } from './root-tree.ts';

const HWMON: Files = {
  'sys/class/hwmon/hwmon0/name': 'coretemp\n',
  'sys/class/hwmon/hwmon0/temp1_input': '54000\n',
  'sys/class/hwmon/hwmon0/temp1_label': 'Package id 0\n',
  'sys/class/hwmon/hwmon0/temp2_input': '52000\n',
  'sys/class/hwmon/hwmon0/temp2_label': 'Core 0\n',
  'sys/class/hwmon/hwmon1/name': 'nvme\n',
  'sys/class/hwmon/hwmon1/temp1_input': '-850\n',
  'sys/class/hwmon/hwmon1/temp1_label': 'Composite\n',
  'sys/class/hwmon/hwmon10/name': 'nvme\n',
  'sys/class/hwmon/hwmon10/temp1_input': '41850\n',
  'sys/class/hwmon/hwmon10/temp1_label': 'Composite\n',
  'sys/class/hwmon/hwmon2/name': 'BAT0\n',
  'sys/class/hwmon/hwmon2/in0_input': '12000\n',
};
const DEVICES = { hwmon0: 'platform/coretemp.0', hwmon1: 'pci/nvme0', hwmon10: 'pci/nvme1' };

function createHost(t: Ending, files: Files = HWMON) {
  const root = createRootTree(t, files);
  for (const [hwmon, device] of Object.entries(DEVICES)) {
    mkdirSync(root.path('sys/devices', device), { recursive: true });
    const link = root.path('sys/class/hwmon', hwmon, 'device');
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(root.path('sys/devices', device), link);
  }
  return root;
}

test('named by chip, device and label, so that no order of loading matters; cores are left out by default', async (t) => {
  const host = await createHost(t).read();
  const seen = await host.take();
  assert.deepEqual(seen.labels('temperature'), [
    'coretemp@coretemp.0/Package id 0',
    'nvme@nvme0/Composite',
    'nvme@nvme1/Composite',
  ]);
  assert.equal(seen.value('temperature', 'coretemp@coretemp.0/Package id 0'), 54);
  assert.equal(seen.value('temperature', 'nvme@nvme0/Composite'), -0.8);
  assert.equal(seen.value('temperature', 'nvme@nvme1/Composite'), 41.9);
  assert.ok(seen.isLeftOut(/sensors coretemp@\*\/Core \*: excluded by the filter/));
  assert.ok(
    (await host.take()).isLeftOut(/sensors coretemp/),
    'with every tick, or the log would say it is back',
  );
});

test('the filter takes cores in and others out', async (t) => {
  const sensors = { include: ['*/Core *'], exclude: ['nvme*'] };
  const host = await createHost(t).read({ sensors });
  assert.deepEqual((await host.take()).labels('temperature'), [
    'coretemp@coretemp.0/Core 0',
    'coretemp@coretemp.0/Package id 0',
  ]);
});

test('what no part can have and what cannot be read is named and costs no other sensor; it comes back', async (t) => {
  const root = createHost(t);
  root.write({
    'sys/class/hwmon/hwmon1/temp1_input': '65261850\n',
    'sys/class/hwmon/hwmon10/temp1_input': '\n',
  });
  const host = await root.read();
  const seen = await host.take();
  assert.deepEqual(seen.labels('temperature'), ['coretemp@coretemp.0/Package id 0']);
  assert.ok(seen.isLeftOut(/sensor nvme@nvme0\/Composite: it reads 65261\.9 °C, which no part has/));
  assert.ok(seen.isLeftOut(/sensor nvme@nvme1\/Composite: it reads ""/));
  root.write(HWMON);
  assert.equal((await host.take()).labels('temperature').length, 3);
});

test('a sensor that is unplugged ends without a word, and another is found', async (t) => {
  const root = createHost(t);
  const host = await root.read();
  await host.take();
  root.remove('sys/class/hwmon/hwmon1');
  root.write({ 'sys/class/hwmon/hwmon3/name': 'acpitz\n', 'sys/class/hwmon/hwmon3/temp1_input': '27800\n' });
  const seen = await host.take();
  assert.ok(!seen.isLeftOut(/nvme0/));
  assert.ok(!seen.labels('temperature').includes('nvme@nvme0/Composite'));
  assert.equal((await host.take()).value('temperature', 'acpitz@hwmon3/temp1'), 27.8);
});

test('not read more often than every 10 s; between, the last reading stands in each tick', async (t) => {
  const root = createHost(t);
  const host = await root.read();
  const package0 = 'coretemp@coretemp.0/Package id 0';
  await host.take(1_000);
  root.write({ 'sys/class/hwmon/hwmon0/temp1_input': '60000\n' });
  for (let second = 1; second < 10; second++)
    assert.equal((await host.take(1_000)).value('temperature', package0), 54);
  assert.equal((await host.take(1_000)).value('temperature', package0), 60);
});

test('thermal zones where no hwmon has a temperature, equal labels told apart, and none in a container', async (t) => {
  const zones = {
    'sys/class/hwmon/hwmon0/name': 'fan\n',
    'sys/class/thermal/thermal_zone0/type': 'cpu-thermal\n',
    'sys/class/thermal/thermal_zone0/temp': '48312\n',
    'sys/class/thermal/cooling_device0/type': 'Fan\n',
  };
  const host = await createRootTree(t, zones).read();
  assert.equal((await host.take()).value('temperature', 'cpu-thermal@thermal_zone0'), 48.3);
  const twins = {
    'sys/class/hwmon/hwmon0/name': 'board\n',
    'sys/class/hwmon/hwmon0/temp1_input': '1000\n',
    'sys/class/hwmon/hwmon0/temp1_label': 'AUX\n',
    'sys/class/hwmon/hwmon0/temp2_input': '2000\n',
    'sys/class/hwmon/hwmon0/temp2_label': 'AUX\n',
  };
  const two = await (await createRootTree(t, twins).read()).take();
  assert.deepEqual(two.labels('temperature'), ['board@hwmon0/AUX', 'board@hwmon0/AUX #2']);
  const container = await createRootTree(t, { ...twins, '.dockerenv': '' }).read();
  assert.deepEqual((await container.take()).labels('temperature'), []);
});

test('a board with a hundred sensors: 32 are read, the others named', async (t) => {
  const many = Object.fromEntries(
    Array.from({ length: 100 }, (_, i) => [`sys/class/hwmon/hwmon0/temp${i + 1}_input`, '30000\n']),
  );
  const seen = await (await createRootTree(t, many).read()).take();
  assert.equal(seen.labels('temperature').length, 32);
  assert.ok(seen.isLeftOut(/sensor hwmon@hwmon0\/temp33: only 32 sensors are read/));
});
