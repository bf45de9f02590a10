// The store on a real InfluxDB 2: the contract, the embedded store's answers, and what the server refuses.
import { after, before, describe } from 'node:test';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { createInfluxStore } from '../../src/store/influxdb/store.ts';
import { skipReason } from '../servers/backends.ts';
import { type Influxdb, startInfluxdb } from '../servers/influxdb.ts';
import { storeContract } from './contract.ts';

describe('store on InfluxDB', { skip: skipReason('influxdb') }, () => {
  let server: Influxdb;
  before(async () => {
    server = await startInfluxdb();
  });
  after(() => server?.stop());

  storeContract('InfluxDB', async () => {
    const { url, org, token } = server;
    const store = await createInfluxStore({
      url,
      org,
      token,
      bucket: 'contract',
      clock: systemClock,
      logger: silentLogger,
    });
    return { store, nowMs: Date.now(), close: () => store.stop() };
  });
});
