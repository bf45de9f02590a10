// analyze's answers as JSON and back: the routes write what the client reads. No schema is loaded here.
import type { z } from 'zod';
import type { StoredHost } from '../../store/store.ts';
import type { LatestAnswer, RangeAnswer, ReportingHosts } from '../analyze.ts';
import { present } from '../present.ts';
import type { latestAnswer, recordsAnswer, reportingAnswer } from './analyze-schemas.ts';
import { fromInstant, toInstant } from './instants.ts';

export type RecordsJson = z.output<typeof recordsAnswer>;
export type LatestJson = z.output<typeof latestAnswer>;
export type ReportingJson = z.output<typeof reportingAnswer>;

export const rangeToJson = (answer: RangeAnswer): RecordsJson => ({
  start_at: toInstant(answer.startMs),
  stop_at: toInstant(answer.stopMs),
  ...present({ step_ms: answer.stepMs }),
  series: answer.series.map(({ hostId, metric, labels, timesMs, values }) => ({
    host_id: hostId,
    metric,
    labels,
    times_ms: timesMs as number[],
    values: values as (number | null)[],
  })),
  warnings: [...answer.warnings],
});

export const rangeFromJson = (json: RecordsJson): RangeAnswer => ({
  startMs: fromInstant(json.start_at),
  stopMs: fromInstant(json.stop_at),
  ...present({ stepMs: json.step_ms }),
  series: json.series.map((series) => ({
    hostId: series.host_id,
    metric: series.metric,
    labels: series.labels,
    timesMs: series.times_ms,
    values: series.values,
  })),
  warnings: json.warnings,
});

export const latestToJson = (answer: LatestAnswer): LatestJson => ({
  now_at: toInstant(answer.nowMs),
  samples: answer.samples.map(({ hostId, metric, labels, timeMs, value }) => ({
    host_id: hostId,
    metric,
    labels,
    sampled_at: toInstant(timeMs),
    value,
  })),
  warnings: [...answer.warnings],
});

export const latestFromJson = (json: LatestJson): LatestAnswer => ({
  nowMs: fromInstant(json.now_at),
  samples: json.samples.map((sample) => ({
    hostId: sample.host_id,
    metric: sample.metric,
    labels: sample.labels,
    timeMs: fromInstant(sample.sampled_at),
    value: sample.value,
  })),
  warnings: json.warnings,
});

type ReportingHostJson = ReportingJson['hosts'][number];

const reportingHostToJson = ({ refusal, ...host }: StoredHost): ReportingHostJson => ({
  host_id: host.hostId,
  first_seen_at: toInstant(host.firstSeenMs),
  last_seen_at: toInstant(host.lastSeenMs),
  last_received_at: toInstant(host.lastReceivedMs),
  interval_ms: host.intervalMs,
  boot_id: host.bootId,
  agent_version: host.agentVersion,
  machines: host.machines.map(({ machineId, lastReceivedMs }) => ({
    machine_id: machineId,
    last_received_at: toInstant(lastReceivedMs),
  })),
  facts: host.facts,
  ...present({
    refusal: refusal && {
      received_at: toInstant(refusal.receivedMs),
      reason: refusal.reason,
      samples: refusal.samples,
    },
  }),
});

const reportingHostFromJson = ({ refusal, ...json }: ReportingHostJson): StoredHost => ({
  hostId: json.host_id,
  firstSeenMs: fromInstant(json.first_seen_at),
  lastSeenMs: fromInstant(json.last_seen_at),
  lastReceivedMs: fromInstant(json.last_received_at),
  intervalMs: json.interval_ms,
  bootId: json.boot_id,
  agentVersion: json.agent_version,
  machines: json.machines.map((machine) => ({
    machineId: machine.machine_id,
    lastReceivedMs: fromInstant(machine.last_received_at),
  })),
  facts: json.facts,
  ...present({
    refusal: refusal && {
      receivedMs: fromInstant(refusal.received_at),
      reason: refusal.reason,
      samples: refusal.samples,
    },
  }),
});

export const reportingToJson = (answer: ReportingHosts): ReportingJson => ({
  now_at: toInstant(answer.nowMs),
  hosts: answer.hosts.map(reportingHostToJson),
  watermarks: answer.watermarks.map(({ partition, receivedMs }) => ({
    partition,
    received_at: toInstant(receivedMs),
  })),
  ...present({ next_cursor: answer.nextCursor }),
});

export const reportingFromJson = (json: ReportingJson): ReportingHosts => ({
  nowMs: fromInstant(json.now_at),
  hosts: json.hosts.map(reportingHostFromJson),
  watermarks: json.watermarks.map((mark) => ({
    partition: mark.partition,
    receivedMs: fromInstant(mark.received_at),
  })),
  ...present({ nextCursor: json.next_cursor }),
});
