// The bucket: found, or created with the configured retention.
import type { InfluxTarget } from './failure.ts';
import type { InfluxTransport } from './transport.ts';

type Bucket = { readonly retentionRules?: readonly { readonly everySeconds?: number }[] };

type FoundBucket = { readonly created: boolean; readonly retentionMs: number | undefined };

/** Rejects with the driver's error: 404 without the organization, 401 where the token may not read or create it. */
export async function ensureBucket(
  json: InfluxTransport['json'],
  { org, bucket, retentionMs }: InfluxTarget & { readonly retentionMs: number },
): Promise<FoundBucket> {
  const find = () => findBucket(json, { org, bucket });
  const found = await find();
  if (found) return { created: false, retentionMs: retentionOf(found) };
  const { orgs } = (await json({ method: 'GET', path: `/api/v2/orgs?org=${encodeURIComponent(org)}` })) as {
    orgs: readonly { readonly id: string }[];
  };
  const body = {
    orgID: orgs[0]?.id,
    name: bucket,
    description: 'Samples of hosts, kept by minimon',
    retentionRules: [{ type: 'expire', everySeconds: Math.ceil(retentionMs / 1_000) }],
  };
  try {
    const created = (await json({ method: 'POST', path: '/api/v2/buckets', body })) as Bucket;
    return { created: true, retentionMs: retentionOf(created) };
  } catch (error) {
    // Another process may have created it at the same time.
    const other = (error as { statusCode?: number }).statusCode === 422 && (await find());
    if (!other) throw error;
    return { created: false, retentionMs: retentionOf(other) };
  }
}

async function findBucket(
  json: InfluxTransport['json'],
  { org, bucket }: Pick<InfluxTarget, 'org' | 'bucket'>,
): Promise<Bucket | undefined> {
  const path = `/api/v2/buckets?org=${encodeURIComponent(org)}&name=${encodeURIComponent(bucket)}`;
  try {
    const { buckets } = (await json({ method: 'GET', path })) as { buckets: readonly Bucket[] };
    return buckets[0];
  } catch (error) {
    const { statusCode, message } = error as { statusCode?: number; message?: string };
    // Both a missing organization and a missing bucket are a 404.
    if (statusCode === 404 && message?.startsWith('bucket')) return undefined;
    throw error;
  }
}

const retentionOf = ({ retentionRules }: Bucket): number | undefined => {
  const seconds = retentionRules?.[0]?.everySeconds ?? 0;
  return seconds === 0 ? undefined : seconds * 1_000;
};
