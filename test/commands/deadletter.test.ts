// deadletter list and retry against a persist daemon on port 0, through its HTTP interface.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { createHttpClient } from '../../src/api/http/client.ts';
import { type DeadLetterService, persistApi } from '../../src/api/persist.ts';
import type { Bus } from '../../src/bus/bus.ts';
import { createEmbeddedBus } from '../../src/bus/embedded/bus.ts';
import { createEmbeddedDeadLetters } from '../../src/bus/embedded/deadletter.ts';
import DeadletterList from '../../src/commands/deadletter/list.ts';
import DeadletterRetry from '../../src/commands/deadletter/retry.ts';
import { persistOptions } from '../../src/daemons/persist/options.ts';
import { createPersistDaemon } from '../../src/daemons/persist/persist-daemon.ts';
import { createVirtualClock, systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { encodeBatch, encodeTick } from '../../src/wire/tick-writer.ts';
import { createRecordingStore } from '../persist/recording-store.ts';
import { directory, owned, tick } from '../report/ticks.ts';
import { NOW } from '../terminal/screens.ts';
import { until } from '../until.ts';
import { runCommand, type Scene } from './run-in-process.ts';

const recording = createRecordingStore();
let bus: Bus;
let persist: DeadLetterService;

before(async () => {
  const path = directory();
  const logger = silentLogger;
  bus = owned(await createEmbeddedBus({ directory: join(path, 'bus'), clock: systemClock, logger }));
  const deadLetters = owned(createEmbeddedDeadLetters({ directory: path, logger }));
  // Its time stands still, so that the list has fixed times.
  const clock = createVirtualClock(NOW - 5_000);
  const parts = { bus, store: recording.store, deadLetters, clock, logger };
  const daemon = owned(createPersistDaemon(persistOptions.parse({ admin: '127.0.0.1:0' }), parts));
  await daemon.start();
  persist = owned(createHttpClient(persistApi, { baseUrl: daemon.addresses()['http']! }));
});

const run = (command: unknown, argv: readonly string[], scene: Scene = {}) =>
  runCommand(command, argv, { persist, ...scene });

test('a rejected sample is listed, retried by name and stored', async () => {
  recording.refusedMetric = 'disk.usage';
  const samples = [{ metric: 'disk.usage', labels: { mount: '/' }, value: 71.25 }];
  const bytes = encodeBatch(['web-1', 'web-2'].map((hostId) => encodeTick(tick({ hostId, samples }))));
  await bus.publish([{ partition: 0, receivedMs: NOW, bytes }]);
  await until('the letters', async () => (await persist.listDeadLetters({})).letters.length === 2);

  const onTerminal = await run(DeadletterList, [], { terminal: true });
  assert.deepEqual(
    onTerminal.stdout.split('\n').map((line) => line.trimEnd()),
    [
      'TIME    HOST   METRIC               REASON',
      '5s ago  web-1  disk.usage{mount=/}  type conflict',
      '5s ago  web-2  disk.usage{mount=/}  type conflict',
      '',
    ],
  );
  const json = JSON.parse((await run(DeadletterList, ['--host', 'web-1', '--json'])).stdout) as object[];
  assert.deepEqual(json, [
    {
      written_at: new Date(NOW - 5_000).toISOString(),
      host_id: 'web-1',
      metric: 'disk.usage',
      labels: { mount: '/' },
      time_at: new Date(tick().timeMs).toISOString(),
      value: 71.25,
      reason: 'type conflict',
      partition: 0,
      offset: (json[0] as { offset: number }).offset,
      received_at: new Date(NOW).toISOString(),
      record: null,
    },
  ]);

  recording.refusedMetric = '';
  const retried = await run(DeadletterRetry, ['--host', 'web-1', '--yes']);
  assert.match(retried.stderr, /^Retried 1 dead letter\.\n/);
  await until('the sample', () => recording.samples.size === 1);
  const rest = await run(DeadletterList, ['-o', 'csv', '--no-headers']);
  assert.match(rest.stdout, /^[^\n]*web-2[^\n]*\r\n$/);
});

test('a retry names what it is for, and asks', async () => {
  const nothing = await run(DeadletterRetry, []);
  assert.equal(nothing.exit, 2);
  assert.match(nothing.error!.hint!, /--host or --reason, or use --all/);
  const unasked = await run(DeadletterRetry, ['--all']);
  assert.equal(unasked.error!.code, 'NEEDS_CONFIRMATION');
  assert.match(unasked.error!.message, /retry 1 dead letter/);
  const none = await run(DeadletterRetry, ['--host', 'nowhere']);
  assert.equal(none.stderr, 'No dead letters match.\n');
  const refused = await run(DeadletterRetry, ['--all'], { terminal: true, answers: [[/Retry 1/, 'n\r']] });
  assert.match(refused.stderr, /Nothing was changed/);
  const agreed = await run(DeadletterRetry, ['--all'], { terminal: true, answers: [[/Retry 1/, 'y\r']] });
  assert.match(agreed.stderr, /Retried 1 dead letter/);
  await until('the sample', () => recording.samples.size === 2);
  assert.equal((await run(DeadletterList, [], { terminal: true })).stdout, 'No dead letters match.\n');
});
