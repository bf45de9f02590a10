// The bucket: found with its retention, or made.
import type { Transport } from '@influxdata/influxdb-client';
import type { Where } from './influxdb-failure.ts';

type Bucket = { readonly retentionRules?: readonly { readonly everySeconds?: number }[] };

export type FoundBucket = { readonly made: boolean; readonly retentionMs: number | undefined };

/** Rejects with the driver's error: 404 without the organization, 401 where the token may not look, 403 not make it. */
export async function ensureBucket(
  request: Transport['request'],
  { org, bucket, retentionMs }: Where & { readonly retentionMs: number },
): Promise<FoundBucket> {
  const found = await findBucket(request, { org, bucket });
  if (found) return { made: false, retentionMs: retentionOf(found) };
  const { orgs } = (await request(`/api/v2/orgs?org=${encodeURIComponent(org)}`, '', { method: 'GET' })) as {
    orgs: readonly { readonly id: string }[];
  };
  const body = JSON.stringify({
    orgID: orgs[0]?.id,
    name: bucket,
    description: 'Samples of hosts, kept by minimon',
    retentionRules: [{ type: 'expire', everySeconds: Math.ceil(retentionMs / 1_000) }],
  });
  try {
    const made = (await request('/api/v2/buckets', body, { method: 'POST' })) as Bucket;
    return { made: true, retentionMs: retentionOf(made) };
  } catch (error) {
    // Another process may have made it at the same time.
    const other =
      (error as { statusCode?: number }).statusCode === 422 && (await findBucket(request, { org, bucket }));
    if (!other) throw error;
    return { made: false, retentionMs: retentionOf(other) };
  }
}

async function findBucket(
  request: Transport['request'],
  { org, bucket }: Pick<Where, 'org' | 'bucket'>,
): Promise<Bucket | undefined> {
  const path = `/api/v2/buckets?org=${encodeURIComponent(org)}&name=${encodeURIComponent(bucket)}`;
  try {
    const { buckets } = (await request(path, '', { method: 'GET' })) as { buckets: readonly Bucket[] };
    return buckets[0];
  } catch (error) {
    const { statusCode, message } = error as { statusCode?: number; message?: string };
    // Both a missing organization and a missing bucket are a 404.
    if (statusCode === 404 && /bucket/.test(message ?? '')) return undefined;
    throw error;
  }
}

const retentionOf = ({ retentionRules }: Bucket): number | undefined => {
  const seconds = retentionRules?.[0]?.everySeconds ?? 0;
  return seconds === 0 ? undefined : seconds * 1_000;
};
