// The heartbeat: every minute with counts, silent while warn is not well, no secret in the log.
import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { createHeartbeat } from '../../src/daemons/warn/heartbeat.ts';
import { createAddressGuard } from '../../src/receivers/address-guard.ts';
import { createHttpTransport } from '../../src/receivers/http-transport.ts';
import { createVirtualClock, systemClock } from '../../src/runtime/clock.ts';
import { createLogger, silentLogger } from '../../src/runtime/logging.ts';
import { startHttpStub } from '../receivers/servers/http-stub.ts';
import { until } from '../until.ts';

/** Its timeout is not on the virtual clock: what sleeps there is the heartbeat alone. */
const guard = createAddressGuard();
const http = createHttpTransport({ clock: systemClock, guard });
const NOW = Date.parse('2026-11-28T10:00:00Z');

test('every minute with counts, and not while warn is unhealthy', async (t) => {
  const hook = await startHttpStub(t, () => ({ status: 200 }));
  const clock = createVirtualClock(NOW);
  let fault: string | undefined;
  const heartbeat = createHeartbeat(`${hook.url}/ping/T0KENT0KENT0KEN`, {
    guard,
    http,
    clock,
    logger: silentLogger,
    counts: () => ({ firing: 3 }),
    unhealthy: () => fault,
  });
  heartbeat.start();
  await until('first', () => hook.received.length === 1);
  assert.deepEqual(JSON.parse(hook.received[0]!.body), { sent_at: '2026-11-28T10:00:00.000Z', firing: 3 });
  await until('asleep', () => clock.sleepers() === 1);
  await clock.advanceTo(NOW + 60_000);
  await until('second', () => hook.received.length === 2);
  fault = 'the consumer stopped';
  await until('asleep', () => clock.sleepers() === 1);
  await clock.advanceTo(NOW + 600_000);
  assert.equal(hook.received.length, 2);
  // Well again: that is said within a second.
  fault = undefined;
  await clock.advanceTo(NOW + 601_000);
  await until('third', () => hook.received.length === 3);
  await heartbeat.stop();
});

test('an answer that leads elsewhere is a failure', async (t) => {
  const hook = await startHttpStub(t, () => ({ status: 302, headers: { location: '/login' } }));
  let log = '';
  const sink = new Writable({
    write(chunk, _, done) {
      log += chunk;
      done();
    },
  });
  const heartbeat = createHeartbeat(`${hook.url}/ping`, {
    ...{ guard, http, clock: createVirtualClock(NOW), counts: () => ({}), unhealthy: () => undefined },
    logger: await createLogger({ level: 'info', format: 'json' }, sink),
  });
  heartbeat.start();
  await until('logged', () => log.includes('answers 302'));
  await heartbeat.stop();
});

test('a failure is logged once a while, without the path of the address', async (t) => {
  const hook = await startHttpStub(t, () => ({ status: 404 }));
  const clock = createVirtualClock(NOW);
  let log = '';
  const sink = new Writable({
    write(chunk, _encoding, done) {
      log += chunk;
      done();
    },
  });
  const heartbeat = createHeartbeat(`${hook.url}/ping/T0KENT0KENT0KEN`, {
    guard,
    http,
    clock,
    logger: await createLogger({ level: 'info', format: 'json' }, sink),
    counts: () => ({}),
    unhealthy: () => undefined,
  });
  heartbeat.start();
  await until('logged', () => log.includes('answers 404'));
  for (let minute = 1; minute < 5; minute++) {
    await until('asleep', () => clock.sleepers() === 1);
    await clock.advanceTo(NOW + minute * 60_000);
    await until('again', () => hook.received.length === minute + 1);
  }
  await heartbeat.stop();
  assert.equal(log.split('answers 404').length, 2);
  assert.ok(!log.includes('T0KENT0KENT0K'));
});
