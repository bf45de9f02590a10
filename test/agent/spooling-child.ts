// A process of its own that fills a spool until it is killed: prints each tick's number after it was put.
import { createSpool } from '../../src/daemons/agent/spool.ts';

const spool = createSpool({
  path: process.argv[2]!,
  maxBytes: 1_000_000,
  maxAgeMs: 86_400_000,
  onDropped: () => {},
  onDamaged: () => {},
});
for (let i = 1; ; i++) {
  spool.put({ timeMs: i * 1_000, samples: 1, bytes: Buffer.from([i % 251]) });
  process.stdout.write(`${i}\n`);
}
