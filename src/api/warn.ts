// The warn service: what it says of itself. Rules and alerts follow.
import { defineApi, type ServiceOf } from './calls.ts';
import { type Infer, int, listOf, optional, time } from './shapes.ts';

const partition = {
  partition: int(),
  end: int('Offset after the newest record'),
  position: int('Offset of the next record to be read'),
  committed: int(),
  unread: int(),
  uncommitted: int(),
  receivedMs: optional(
    time("Report's clock at the newest record that was read; absent before the first one"),
  ),
};
export type WarnPartition = Infer<typeof partition>;

const status = {
  nowMs: time(),
  partitions: listOf(partition),
  skippedRecords: int('Trimmed before warn read them, since it started'),
};
export type WarnStatus = Infer<typeof status>;

export const warnApi = defineApi({
  daemon: 'warn',
  proto: { file: 'minimon/v1/warn.proto', service: 'minimon.v1.WarnService' },
  calls: {
    status: {
      summary: 'How far behind the stream warn is',
      rpc: 'GetStatus',
      http: 'GET /api/v1/status',
      request: {},
      answer: status,
    },
  },
});

export type WarnService = ServiceOf<typeof warnApi>;
