// A process of its own that publishes until it is killed, and tells its parent what was acknowledged.
import { createEmbeddedBus } from '../../src/bus/embedded/bus.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';

const [directory, round] = process.argv.slice(2);
const bus = await createEmbeddedBus({ directory: directory!, clock: systemClock, logger: silentLogger });
process.on('disconnect', () => process.exit());
for (let i = 0; ; i++) {
  await Promise.all(
    ['a', 'b', 'c'].map(async (lane) => {
      const text = `${round}-${i}-${lane}`;
      await bus.publish([{ partition: 0, receivedMs: Date.now(), bytes: Buffer.from(text) }]);
      process.send?.(text);
    }),
  );
}
