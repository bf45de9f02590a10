// What an answer of InfluxDB means: nothing but its own verdict on lines may cost a sample.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ensureBucket } from '../../src/store/influxdb/bucket.ts';
import { failureOf } from '../../src/store/influxdb/failure.ts';

const NOW = Date.parse('2026-03-18T15:20:00Z');
const answered = (statusCode: number, message: string, more: object = {}) =>
  failureOf(Object.assign(new Error(message), { statusCode, ...more }), NOW);

test('only the server itself says that a line is malformed, or some were dropped', () => {
  assert.equal(answered(400, "unable to parse 'x': missing fields").kind, 'malformed');
  assert.equal(answered(400, 'proxy: unable to parse the request').kind, 'unavailable');
  const partial = answered(422, 'failure writing points: dropped=3', { code: 'unprocessable entity' });
  assert.deepEqual([partial.kind, partial.dropped], ['partial', 3]);
  assert.equal(answered(422, 'dropped=3', { code: 'invalid' }).kind, 'unavailable');
});

test('token, bucket, size, and all else', () => {
  const kinds = [401, 403, 404, 413, 429, 500, 503].map((status) => answered(status, 'x').kind);
  const [denied, missing] = ['denied', 'missing'];
  assert.deepEqual(kinds, [denied, denied, missing, 'too_large', ...Array(3).fill('unavailable')]);
});

test('Retry-After counts up to five minutes', () => {
  const after = (value: string) => answered(503, 'x', { headers: { 'retry-after': value } }).retryAfterMs;
  assert.deepEqual(
    [after('7'), after('300'), after('301'), after('soon')],
    [7_000, 300_000, 300_000, undefined],
  );
});

type Answer = object | Error;
const status = (statusCode: number, message: string) => Object.assign(new Error(message), { statusCode });
const bucketOf = (seconds: number) => ({ buckets: [{ retentionRules: [{ everySeconds: seconds }] }] });

/** Answers in their order; what was asked, as method and path. */
async function ensured(...answers: Answer[]) {
  const asked: string[] = [];
  const json = async ({ method, path }: { method: string; path: string }) => {
    asked.push(`${method} ${path.split('?')[0]}`);
    const answer = answers.shift()!;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const target = { url: 'http://x', org: 'o', bucket: 'b', retentionMs: 86_400_500 };
  return { found: await ensureBucket(json, target), asked };
}

test('a bucket is found, or created where the server says that the bucket is missing, or by another meanwhile', async () => {
  assert.deepEqual((await ensured(bucketOf(7))).found, { created: false, retentionMs: 7_000 });
  assert.deepEqual((await ensured(bucketOf(0))).found, { created: false, retentionMs: undefined });
  const gone = status(404, 'bucket "b" not found');
  const org = { orgs: [{ id: '1' }] };
  const made = await ensured(gone, org, { retentionRules: [{ everySeconds: 9 }] });
  assert.deepEqual(made.found, { created: true, retentionMs: 9_000 });
  assert.deepEqual(made.asked, ['GET /api/v2/buckets', 'GET /api/v2/orgs', 'POST /api/v2/buckets']);
  const other = await ensured(gone, org, status(422, 'bucket exists'), bucketOf(8));
  assert.deepEqual(other.found, { created: false, retentionMs: 8_000 });
});

test('an organization that is missing is no missing bucket', async () => {
  await assert.rejects(ensured(status(404, 'organization name "o" not found')), { statusCode: 404 });
  await assert.rejects(ensured(status(404, 'bucket "b" not found'), { orgs: [] }), { statusCode: 403 });
  const gone = status(404, 'bucket "b" not found');
  await assert.rejects(ensured(gone, { orgs: [{ id: '1' }] }, status(422, 'no'), gone), { statusCode: 422 });
});
