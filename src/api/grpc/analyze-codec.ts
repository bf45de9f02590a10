// analyze.proto's messages to and from the service's own types. NaN is a window without samples, there and only there.
import { ExpectedError } from '../../domain/errors.ts';
import type { Aggregate, LatestSample, Series, StoredHost } from '../../store/store.ts';
import type {
  HostScope,
  LatestAnswer,
  LatestRequest,
  RangeAnswer,
  RangeRequest,
  ReportingHosts,
} from '../analyze.ts';
import type { HostIds__Output } from '../generated/minimon/v1/HostIds.ts';
import type { ListReportingHostsResponse__Output } from '../generated/minimon/v1/ListReportingHostsResponse.ts';
import type { QueryLatestRequest__Output } from '../generated/minimon/v1/QueryLatestRequest.ts';
import type { QueryLatestResponse__Output } from '../generated/minimon/v1/QueryLatestResponse.ts';
import type { QueryRangeRequest__Output } from '../generated/minimon/v1/QueryRangeRequest.ts';
import type { QueryRangeResponse__Output } from '../generated/minimon/v1/QueryRangeResponse.ts';
import type { ReportingHost__Output } from '../generated/minimon/v1/ReportingHost.ts';
import { present } from '../present.ts';

const AGGREGATE_NAMES = {
  mean: 'AGGREGATE_MEAN',
  min: 'AGGREGATE_MIN',
  max: 'AGGREGATE_MAX',
  last: 'AGGREGATE_LAST',
  count: 'AGGREGATE_COUNT',
  p95: 'AGGREGATE_P95',
} as const satisfies Record<Aggregate, string>;
const aggregates = new Map(Object.entries(AGGREGATE_NAMES).map(([name, wire]) => [wire, name as Aggregate]));

/** protobufjs writes what is no integer as 0: a time is checked before it goes out. */
export function wireMs(name: string, value: number): number {
  if (Number.isSafeInteger(value)) return value;
  throw new ExpectedError('BAD_TIME', `${name} ${value} is not a whole number of milliseconds`);
}

const scopeToWire = ({ location, hosts }: HostScope) =>
  present({ location, hosts: hosts && { host_ids: [...hosts] } });
const scopeFromWire = (wire: { location?: string; hosts?: HostIds__Output | null }): HostScope =>
  present({ location: wire.location, hosts: wire.hosts?.host_ids });

export const rangeRequestToWire = (request: RangeRequest) => ({
  ...scopeToWire(request),
  metric: request.metric,
  labels: request.labels ?? {},
  start_ms: wireMs('start', request.startMs),
  stop_ms: wireMs('stop', request.stopMs),
  ...(request.stepMs === undefined ? {} : { step_ms: wireMs('step', request.stepMs) }),
  aggregate: request.aggregate ? AGGREGATE_NAMES[request.aggregate] : ('AGGREGATE_UNSPECIFIED' as const),
});

export function rangeRequestFromWire(wire: QueryRangeRequest__Output): RangeRequest {
  const aggregate = aggregates.get(wire.aggregate as never);
  if (!aggregate && wire.aggregate !== 'AGGREGATE_UNSPECIFIED') {
    throw new ExpectedError('BAD_REQUEST', `aggregate ${wire.aggregate} is not known`, {
      hint: `It is one of ${Object.keys(AGGREGATE_NAMES).join(', ')}.`,
    });
  }
  return {
    ...scopeFromWire(wire),
    metric: wire.metric,
    startMs: wire.start_ms,
    stopMs: wire.stop_ms,
    ...present({
      labels: Object.keys(wire.labels).length > 0 ? wire.labels : undefined,
      stepMs: wire.step_ms,
      aggregate,
    }),
  };
}

export const rangeAnswerToWire = (answer: RangeAnswer) => ({
  start_ms: answer.startMs,
  stop_ms: answer.stopMs,
  ...present({ step_ms: answer.stepMs }),
  series: answer.series.map(({ hostId, metric, labels, timesMs, values }) => ({
    host_id: hostId,
    metric,
    labels: { ...labels },
    times_ms: timesMs as number[],
    values: values.map((value) => value ?? Number.NaN),
  })),
  warnings: [...answer.warnings],
});

export const rangeAnswerFromWire = (wire: QueryRangeResponse__Output): RangeAnswer => ({
  startMs: wire.start_ms,
  stopMs: wire.stop_ms,
  ...present({ stepMs: wire.step_ms }),
  series: wire.series.map(
    (series): Series => ({
      hostId: series.host_id,
      metric: series.metric,
      labels: series.labels,
      timesMs: series.times_ms,
      values: series.values.map((value) => (Number.isNaN(value) ? null : value)),
    }),
  ),
  warnings: wire.warnings,
});

export const latestRequestToWire = (request: LatestRequest) => ({
  ...scopeToWire(request),
  metrics: [...(request.metrics ?? [])],
  since_ms: wireMs('since', request.sinceMs),
});

export const latestRequestFromWire = (wire: QueryLatestRequest__Output): LatestRequest => ({
  ...scopeFromWire(wire),
  ...present({ metrics: wire.metrics.length > 0 ? wire.metrics : undefined }),
  sinceMs: wire.since_ms,
});

export const latestAnswerToWire = (answer: LatestAnswer) => ({
  now_ms: answer.nowMs,
  samples: answer.samples.map(({ hostId, metric, labels, timeMs, value }) => ({
    host_id: hostId,
    metric,
    labels: { ...labels },
    time_ms: timeMs,
    value,
  })),
  warnings: [...answer.warnings],
});

export const latestAnswerFromWire = (wire: QueryLatestResponse__Output): LatestAnswer => ({
  nowMs: wire.now_ms,
  samples: wire.samples.map(
    (sample): LatestSample => ({
      hostId: sample.host_id,
      metric: sample.metric,
      labels: sample.labels,
      timeMs: sample.time_ms,
      value: sample.value,
    }),
  ),
  warnings: wire.warnings,
});

const reportingHostToWire = (host: StoredHost) => ({
  host_id: host.hostId,
  first_seen_ms: host.firstSeenMs,
  last_seen_ms: host.lastSeenMs,
  last_received_ms: host.lastReceivedMs,
  interval_ms: host.intervalMs,
  boot_id: host.bootId,
  agent_version: host.agentVersion,
  machines: host.machines.map(({ machineId, lastReceivedMs }) => ({
    machine_id: machineId,
    last_received_ms: lastReceivedMs,
  })),
  facts: { ...host.facts },
  refusal: host.refusal
    ? {
        received_ms: host.refusal.receivedMs,
        reason: host.refusal.reason,
        samples: host.refusal.samples,
      }
    : null,
});

const reportingHostFromWire = (wire: ReportingHost__Output): StoredHost => ({
  hostId: wire.host_id,
  firstSeenMs: wire.first_seen_ms,
  lastSeenMs: wire.last_seen_ms,
  lastReceivedMs: wire.last_received_ms,
  intervalMs: wire.interval_ms,
  bootId: wire.boot_id,
  agentVersion: wire.agent_version,
  machines: wire.machines.map((machine) => ({
    machineId: machine.machine_id,
    lastReceivedMs: machine.last_received_ms,
  })),
  facts: wire.facts,
  ...(wire.refusal
    ? {
        refusal: {
          receivedMs: wire.refusal.received_ms,
          reason: wire.refusal.reason,
          samples: wire.refusal.samples,
        },
      }
    : {}),
});

export const reportingHostsToWire = (answer: ReportingHosts) => ({
  now_ms: answer.nowMs,
  hosts: answer.hosts.map(reportingHostToWire),
  watermarks: answer.watermarks.map(({ partition, receivedMs }) => ({ partition, received_ms: receivedMs })),
  ...present({ next_cursor: answer.nextCursor }),
});

export const reportingHostsFromWire = (wire: ListReportingHostsResponse__Output): ReportingHosts => ({
  nowMs: wire.now_ms,
  hosts: wire.hosts.map(reportingHostFromWire),
  watermarks: wire.watermarks.map((mark) => ({ partition: mark.partition, receivedMs: mark.received_ms })),
  ...present({ nextCursor: wire.next_cursor }),
});
