// Periodic work of the writer: flushes host records, and removes weeks past retention or size.
import { messageOf } from '../../domain/errors.ts';
import type { Positions } from './durable-positions.ts';
import type { Hosts } from './hosts.ts';
import type { Times } from './messages.ts';
import type { ReplaySkips } from './replay-skips.ts';
import { type Retention, startRetention } from './retention.ts';
import type { WeekFiles } from './week-files.ts';

/** No record is durable before what it says of its hosts is flushed: the commit on the bus lags by up to this much. */
const FLUSH_EVERY_MS = 5_000;

export type Maintenance = Omit<Retention, 'run'> & {
  /** Does what is due. */
  run(times: Times): void;
  flush(): void;
  unhealthy(): string | undefined;
};

export function startMaintenance(parts: {
  readonly directory: string;
  readonly hosts: Hosts;
  readonly files: WeekFiles;
  readonly positions: Positions;
  readonly skips: ReplaySkips;
  readonly retentionMs: number;
  readonly maxBytes: number | undefined;
  readonly times: Times;
  readonly warn: (text: string) => void;
}): Maintenance {
  const { hosts, positions, skips, warn } = parts;
  const { run: retain, ...retention } = startRetention(parts);
  let lastError: string | undefined;
  let flushedMs = parts.times.monotonicMs;

  function flush(): void {
    try {
      // In this order: a record that a replay would skip must have left nothing behind in memory alone.
      hosts.flush(positions.durable());
      skips.update(positions.hostsFlushed(), positions.durable());
      lastError = undefined;
    } catch (error) {
      const why = `cannot write what is known of hosts: ${messageOf(error)}`;
      if (why !== lastError) warn(why);
      lastError = why;
    }
  }

  return {
    ...retention,
    run(times) {
      if (times.monotonicMs - flushedMs >= FLUSH_EVERY_MS) {
        flushedMs = times.monotonicMs;
        flush();
      }
      retain(times);
    },
    flush,
    unhealthy: () => lastError,
  };
}
