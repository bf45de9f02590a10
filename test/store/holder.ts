// A process that opens a store in the folder it is given and holds it until it is killed.
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { createEmbeddedStore } from '../../src/store/embedded/store.ts';

await createEmbeddedStore({ directory: process.argv[2]!, clock: systemClock, logger: silentLogger });
process.send!('open');
