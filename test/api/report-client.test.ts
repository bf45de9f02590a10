// The report call without proto-loader is the one that report.proto describes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ReportServiceDefinition } from '../../src/api/generated/minimon/v1/ReportService.ts';
import { loadService } from '../../src/api/grpc/proto.ts';
import { decodeReportAnswer, reportMethod } from '../../src/api/grpc/report-client.ts';
import { DecodeError } from '../../src/wire/protobuf.ts';

const { Report } = loadService<ReportServiceDefinition>(
  'minimon/v1/report.proto',
  'minimon.v1.ReportService',
);

test('it has the path of the proto', () => {
  assert.equal(reportMethod.path, Report.path);
});

test('any answer is read as proto-loader reads it', () => {
  const count = fc.integer({ min: 0, max: 0xffff_ffff });
  const time = fc.maxSafeNat();
  const refusal = fc.record({
    host_id: fc.string(),
    time_ms: time,
    metric: fc.string(),
    labels: fc.dictionary(
      fc.string({ minLength: 1 }).filter((name) => name !== '__proto__'),
      fc.string(),
      { maxKeys: 3, noNullPrototype: true },
    ),
    samples: count,
    reason: fc.string(),
  });
  const answer = fc.record({
    accepted_samples: count,
    refused_samples: count,
    refusals: fc.array(refusal, { maxLength: 4 }),
    received_ms: time,
    sent_ms: time,
  });
  fc.assert(
    fc.property(answer, (value) => {
      const bytes = Report.responseSerialize(value);
      const theirs = Report.responseDeserialize(bytes);
      assert.deepEqual(decodeReportAnswer(bytes), {
        acceptedSamples: theirs.accepted_samples,
        refusedSamples: theirs.refused_samples,
        refusals: theirs.refusals.map((one) => ({
          hostId: one.host_id,
          timeMs: one.time_ms,
          metric: one.metric,
          labels: one.labels,
          samples: one.samples,
          reason: one.reason,
        })),
        receivedMs: theirs.received_ms,
        sentMs: theirs.sent_ms,
      });
    }),
  );
});

test('bytes that are no answer are refused', () => {
  assert.throws(() => decodeReportAnswer(Buffer.from([26, 200])), DecodeError);
});
