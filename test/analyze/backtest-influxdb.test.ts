// Backtests over a real InfluxDB: the same bytes as over the embedded store.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { createInfluxStore } from '../../src/store/influxdb/store.ts';
import { skipReason } from '../servers/backends.ts';
import { type Influxdb, startInfluxdb } from '../servers/influxdb.ts';
import { HOURS, KINDS, recordFleet } from './recorded-fleet.ts';
import { openRecording } from './recordings.ts';

const HOUR = 3_600_000;

describe('over a real InfluxDB', { skip: skipReason('influxdb') }, () => {
  const recording = recordFleet(Math.floor(Date.now() / HOUR - HOURS - 2) * HOUR);
  let server: Influxdb;
  let opened: readonly Awaited<ReturnType<typeof openRecording>>[] = [];

  before(async () => {
    server = await startInfluxdb();
    const { url, org, token } = server;
    const influx = await createInfluxStore({
      ...{ url, org, token, bucket: 'backtest' },
      clock: systemClock,
      logger: silentLogger,
    });
    opened = [await openRecording(recording, influx), await openRecording(recording)];
  });
  after(async () => {
    for (const { store } of opened) await store.stop();
    await server?.stop();
  });

  for (const [kind, expression] of Object.entries(KINDS)) {
    test(`${kind}: ${expression}`, async () => {
      const request = { rules: [{ name: 'r', expression }], near: true };
      const [influx, embedded] = await Promise.all(opened.map(({ run }) => run(request)));
      assert.ok(embedded!.result.rules[0]!.firings > 0);
      assert.deepEqual(influx!.changes, embedded!.changes);
      assert.equal(JSON.stringify(influx!.result), JSON.stringify(embedded!.result));
    });
  }
});
