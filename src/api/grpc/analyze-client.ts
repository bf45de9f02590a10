// AnalyzeService for callers over gRPC: manage's view of the stream, and the streaming commands.
import type { AnalyzeService } from '../analyze.ts';
import { present } from '../present.ts';
import type { TlsMaterial } from '../tls.ts';
import {
  latestAnswerFromWire,
  latestRequestToWire,
  rangeAnswerFromWire,
  rangeRequestToWire,
  reportingHostsFromWire,
  wireMs,
} from './analyze-codec.ts';
import { loadAnalyzeService } from './analyze-server.ts';
import { openChannel } from './channel.ts';

export type AnalyzeClient = AnalyzeService & { stop(): Promise<void> };

export function createAnalyzeClient(options: {
  /** `host:port`, or several with commas. */
  readonly address: string;
  /** Default 10 s; watchLatest has none. */
  readonly timeoutMs?: number;
  readonly tls?: TlsMaterial;
}): AnalyzeClient {
  const { address, ...rest } = options;
  const rpc = loadAnalyzeService();
  const channel = openChannel({ daemon: 'analyze', to: address, ...rest });
  return {
    queryRange: async (request) =>
      rangeAnswerFromWire(await channel.call(rpc.QueryRange, rangeRequestToWire(request))),
    queryLatest: async (request) =>
      latestAnswerFromWire(await channel.call(rpc.QueryLatest, latestRequestToWire(request))),
    async *watchLatest(request, signal) {
      const answers = channel.stream(rpc.WatchLatest, latestRequestToWire(request), signal);
      for await (const answer of answers) yield latestAnswerFromWire(answer);
    },
    listReportingHosts: async ({ sinceMs, limit, cursor }) =>
      reportingHostsFromWire(
        await channel.call(rpc.ListReportingHosts, {
          since_ms: wireMs('since', sinceMs),
          ...present({ limit, cursor }),
        }),
      ),
    async findRecordsByLocation({ location, metric, startMs, stopMs }) {
      // The seed's call knows whole seconds: ask for the seconds around the range, keep what is inside.
      const { records } = await channel.call(rpc.FindRecordsByLocation, {
        location,
        metrics_type: metric,
        start: Math.floor(wireMs('start', startMs) / 1000),
        stop: Math.ceil(wireMs('stop', stopMs) / 1000),
      });
      return records.map(({ host_id, times_ms, metrics_value }) => {
        const inside = times_ms.flatMap((timeMs, i) => (timeMs >= startMs && timeMs < stopMs ? i : []));
        return {
          hostId: host_id,
          metric,
          timesMs: inside.map((i) => times_ms[i]!),
          values: inside.map((i) => metrics_value[i]!),
        };
      });
    },
    stop: channel.stop,
  };
}
