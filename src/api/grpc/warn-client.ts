// WarnService for callers over gRPC.
import { present } from '../present.ts';
import type { TlsMaterial } from '../tls.ts';
import type { WarnService } from '../warn.ts';
import { openChannel } from './channel.ts';
import { loadWarnService } from './warn-server.ts';

export type WarnClient = WarnService & { stop(): Promise<void> };

export function createWarnClient(options: {
  readonly address: string;
  /** Default 10 s. */
  readonly timeoutMs?: number;
  readonly tls?: TlsMaterial;
}): WarnClient {
  const { address, ...rest } = options;
  const channel = openChannel({ daemon: 'warn', to: address, ...rest });
  const rpc = loadWarnService();
  return {
    async status() {
      const { now_ms, partitions, skipped_records } = await channel.call(rpc.GetStatus, {});
      return {
        nowMs: now_ms,
        partitions: partitions.map(({ received_ms, ...lag }) => ({
          ...lag,
          ...present({ receivedMs: received_ms }),
        })),
        skippedRecords: skipped_records,
      };
    },
    stop: channel.stop,
  };
}
