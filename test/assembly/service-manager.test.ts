// What systemd is told and when: ready once started, signs of life in time, shutting down, and nothing without a systemd.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openServiceManager, type ServiceManagerOptions } from '../../src/assembly/service-manager.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';

const NOTIFY = { NOTIFY_SOCKET: '/run/systemd/notify' };

function managed(more: Partial<ServiceManagerOptions> = {}) {
  const sent: string[] = [];
  const clock = createVirtualClock(0);
  const send = async (assignments: readonly string[]) => void sent.push(assignments.join(' '));
  const manager = openServiceManager({
    ...{ environment: NOTIFY, clock, logger: silentLogger, pid: 7, send },
    ...more,
  });
  return { manager, sent, clock };
}

test('ready and shutting down are told', () => {
  const { manager, sent } = managed();
  manager.ready();
  manager.stopping();
  assert.deepEqual(sent, ['READY=1 STATUS=ready', 'STOPPING=1 STATUS=shutting down']);
});

test('signs of life come twice in the time that the watchdog waits, from ready until the shutdown', async () => {
  const environment = { ...NOTIFY, WATCHDOG_USEC: '60000000', WATCHDOG_PID: '7' };
  const { manager, sent, clock } = managed({ environment });
  await clock.advanceTo(120_000);
  assert.deepEqual(sent, []);
  manager.ready();
  sent.length = 0;
  await clock.advanceTo(149_999);
  assert.deepEqual(sent, []);
  await clock.advanceTo(150_000);
  assert.deepEqual(sent, ['WATCHDOG=1']);
  await clock.advanceTo(180_000);
  assert.deepEqual(sent, ['WATCHDOG=1', 'WATCHDOG=1']);
  manager.stopping();
  await clock.advanceTo(400_000);
  assert.deepEqual(sent.slice(2), ['STOPPING=1 STATUS=shutting down']);
});

test('the watchdog of another process, or none, is not answered', async () => {
  for (const more of [{ WATCHDOG_USEC: '60000000', WATCHDOG_PID: '8' }, { WATCHDOG_USEC: '' }]) {
    const { manager, sent, clock } = managed({ environment: { ...NOTIFY, ...more } });
    manager.ready();
    await clock.advanceTo(300_000);
    assert.equal(sent.length, 1);
  }
});

test('without a systemd that listens nothing is sent', async () => {
  const { manager, sent, clock } = managed({ environment: { WATCHDOG_USEC: '60000000' } });
  manager.ready();
  await clock.advanceTo(300_000);
  manager.stopping();
  assert.deepEqual(sent, []);
});

test('a status is one line', () => {
  const { manager, sent } = managed({ status: 'held after 3 deaths:\nSQLite' });
  manager.ready();
  assert.deepEqual(sent, ['READY=1 STATUS=held after 3 deaths: SQLite']);
});

test('what cannot be told is said once, and tried again', async () => {
  const said: string[] = [];
  const logger = { ...silentLogger, error: (message: unknown) => void said.push(String(message)) };
  let tries = 0;
  const { manager, clock } = managed({
    environment: { ...NOTIFY, WATCHDOG_USEC: '60000000' },
    logger: logger as typeof silentLogger,
    send: async () => {
      tries += 1;
      throw new Error('ENOENT');
    },
  });
  manager.ready();
  await clock.advanceTo(90_000);
  assert.equal(tries, 4);
  assert.equal(said.length, 1);
  assert.match(said[0]!, /READY=1 to systemd: ENOENT.*systemd-notify/);
});
