// A thread of the embedded store that dies: whoever opened the store is told, and the store says so from then on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { silentLogger as logger } from '../../src/runtime/logging.ts';
import { createEmbeddedStore } from '../../src/store/embedded/store.ts';
import { until } from '../until.ts';
import { temporaryFolder } from './opened.ts';

for (const [role, otherOpensMs] of [
  ['writer', 0],
  ['reader', 0],
  ['writer', 60],
  ['reader', 60],
] as const) {
  const when = otherOpensMs === 0 ? '' : ', also while the other one still starts';
  test(`the death of the ${role} thread is told once, with what it died of${when}`, async () => {
    const directory = await temporaryFolder();
    const code = `
      import { BroadcastChannel, parentPort, workerData } from 'node:worker_threads';
      parentPort.on('message', () => {});
      if (workerData.role === '${role}') {
        const channel = new BroadcastChannel('${directory}');
        channel.onmessage = () => setImmediate(() => { throw new Error('out of memory'); });
        parentPort.postMessage({ opened: true });
        channel.postMessage('opened');
      } else setTimeout(() => parentPort.postMessage({ opened: true }), ${otherOpensMs});`;
    // It dies when its message has come, however busy the machine is.
    const channel = new BroadcastChannel(directory);
    channel.onmessage = () => setImmediate(() => channel.postMessage('die'));
    const deaths: Error[] = [];
    const store = await createEmbeddedStore({
      ...{ directory, logger, clock: createVirtualClock(0) },
      workerUrl: new URL(`data:text/javascript,${encodeURIComponent(code)}`),
      onDead: (error) => deaths.push(error),
    });
    await until('the death', () => deaths.length > 0);
    const why = `the ${role} thread of the store failed: out of memory`;
    assert.deepEqual([deaths.map(({ message }) => message), store.unhealthy()], [[why], why]);
    await assert.rejects(store.hosts({ sinceMs: 0 }), { code: 'UNAVAILABLE', message: why });
    await store.stop().catch(() => {});
    channel.close();
  });
}
