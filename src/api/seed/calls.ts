// The seed's calls and their exact answers, for HTTP and gRPC.
import { ExpectedError } from '../../domain/errors.ts';
import { formatLocalInstant } from '../../domain/instant.ts';
import { canonicalMetric, seedMetric } from '../../domain/metric-kinds.ts';
import type { Access } from '../access.ts';
import type { AnalyzeInBytes, AnalyzeService } from '../analyze.ts';
import { type BytesFor, gather } from '../in-bytes.ts';
import type { ManageService } from '../manage.ts';

/** Of its calls on both wires. */
export const SEED_ACCESS = {
  InsertAHost: 'write',
  FindAllHost: 'read',
  UpdateHostMsg: 'write',
  FindNotManagedHosts: 'read',
  FindRecordsByLocation: 'read',
} as const satisfies Readonly<Record<string, Access>>;

/** Who the audit log names for changes made through the seed's calls, which have no actor. */
const ACTOR = 'seed interface';
const HOUR_MS = 3_600_000;
/** Seconds up to the year 5138; milliseconds since 1973 are above it. */
const MAX_SECONDS = 100_000_000_000;

export function seedManage(
  service: Pick<ManageService, 'insertHost' | 'findAllHosts' | 'updateHost' | 'listUnmanaged'>,
) {
  return {
    async InsertAHost({ HostID, Location }: { readonly HostID: string; readonly Location: string }) {
      await service.insertHost({ hostId: HostID, location: Location, actor: ACTOR });
      return { CODE: 200, MSG: 'Insert success!', DATA: { num: 1 } };
    },
    async FindAllHost() {
      const hosts = await service.findAllHosts();
      return {
        CODE: 200,
        MSG: 'Find success!',
        DATA: hosts.map((host) => ({
          ID: host.id,
          CreatedAt: formatLocalInstant(host.createdMs),
          UpdatedAt: formatLocalInstant(host.updatedMs),
          DeletedAt: null,
          HostID: host.hostId,
          Location: host.location ?? '',
        })),
      };
    },
    /** By its numeric ID or by HostID; both must mean the same host when both are given. */
    async UpdateHostMsg(request: {
      readonly ID?: number | undefined;
      readonly HostID?: string | undefined;
      readonly Location: string;
    }) {
      const { ID, HostID, Location } = request;
      if (ID === undefined && HostID === undefined) {
        throw new ExpectedError('BAD_REQUEST', 'the request names no host', { hint: 'Give ID or HostID.' });
      }
      await service.updateHost({
        location: Location,
        actor: ACTOR,
        ...(ID !== undefined && { id: ID }),
        ...(HostID !== undefined && { hostId: HostID }),
      });
      return { code: 200, data: 'ok', msg: '更新成功' };
    },
    async FindNotManagedHosts() {
      const { hosts } = await service.listUnmanaged({});
      return { CODE: 200, MSG: 'Find success!', DATA: hosts.map((host) => host.hostId) };
    },
  };
}

export type FindRecordsRequest = {
  readonly location: string;
  readonly metrics_type: string;
  /** Seconds since the epoch; default the last hour. */
  readonly start?: number | undefined;
  readonly stop?: number | undefined;
};

export function seedAnalyze(
  service: Pick<AnalyzeService, 'findRecordsByLocation'>,
  nowMs: () => number,
  inBytes?: Pick<AnalyzeInBytes, 'findRecordsByLocation'>,
) {
  const requestOf = ({ location, metrics_type, start, stop }: FindRecordsRequest) => ({
    location,
    metric: canonicalMetric(metrics_type),
    ...seedRange({ start, stop }, nowMs()),
  });
  async function records(request: FindRecordsRequest) {
    const found = await service.findRecordsByLocation(requestOf(request));
    return found.map(({ hostId, metric, timesMs, values }) => ({
      host_id: hostId,
      metrics_type: seedMetric(metric),
      metrics_value: values,
      time_stamp: timesMs.map((timeMs) => Math.floor(timeMs / 1000)),
      timesMs,
    }));
  }
  return {
    /** The seed's JSON: a bare list. */
    listRecords: async (request: FindRecordsRequest) =>
      (await records(request)).map(({ timesMs: _, ...record }) => record),
    /** Its elements as bytes, where the service makes them. */
    recordsInBytes:
      inBytes &&
      (async (request: FindRecordsRequest, to: BytesFor) =>
        (await inBytes.findRecordsByLocation(requestOf(request), to)).elements),
    /** Over gRPC the same instants to the millisecond too. */
    async FindRecordsByLocation(request: FindRecordsRequest, { signal }: { readonly signal: AbortSignal }) {
      if (inBytes) {
        const to = { wire: 'protobuf', signal } as const;
        const { elements } = await inBytes.findRecordsByLocation(requestOf(request), to);
        return Buffer.concat(await gather(elements));
      }
      return {
        records: (await records(request)).map(({ timesMs, ...record }) => ({ ...record, times_ms: timesMs })),
      };
    },
  };
}

/** `[startMs, stopMs)` of a request in seconds; by default the hour before now, or before stop. */
function seedRange(
  request: Pick<FindRecordsRequest, 'start' | 'stop'>,
  nowMs: number,
): { startMs: number; stopMs: number } {
  const toMs = (name: string, seconds: number) => secondsToMs(name, seconds, nowMs);
  const stopMs = request.stop === undefined ? nowMs : toMs('stop', request.stop);
  const startMs = request.start === undefined ? stopMs - HOUR_MS : toMs('start', request.start);
  if (startMs >= stopMs) {
    throw new ExpectedError('BAD_RANGE', `start ${startMs / 1000} is not before stop ${stopMs / 1000}`, {
      hint: 'Both are seconds since the epoch; start is inside the range, stop outside.',
    });
  }
  return { startMs, stopMs };
}

/** A time in another unit than seconds is rejected, since [] would read as an idle location. */
function secondsToMs(name: string, seconds: number, nowMs: number): number {
  if (!Number.isFinite(seconds) || seconds < 0 || seconds > MAX_SECONDS) {
    const why = seconds > MAX_SECONDS ? 'too large for seconds (milliseconds?)' : 'not a time';
    throw new ExpectedError(
      'BAD_TIME',
      `${name} ${seconds} is ${why}; times here are seconds since the epoch`,
      { hint: `Now is ${Math.floor(nowMs / 1000)} in seconds.` },
    );
  }
  return Math.round(seconds * 1000);
}
