// The bucket: found, or created with the configured retention.
import type { InfluxTarget } from './failure.ts';
import type { InfluxTransport } from './transport.ts';

type Bucket = { readonly retentionRules?: readonly { readonly everySeconds?: number }[] };

type FoundBucket = { readonly created: boolean; readonly retentionMs: number | undefined };

/** Rejects with the driver's error, or one like it: 404 without the organization, 401 or 403 where the token may not. */
export async function ensureBucket(
  json: InfluxTransport['json'],
  options: InfluxTarget & { readonly retentionMs: number; readonly signal?: AbortSignal | undefined },
): Promise<FoundBucket> {
  const { org, bucket, retentionMs, signal } = options;
  const find = () => findBucket(json, options);
  const found = await find();
  if (found) return { created: false, retentionMs: retentionOf(found) };
  const orgPath = `/api/v2/orgs?org=${encodeURIComponent(org)}`;
  const { orgs } = (await json({ method: 'GET', path: orgPath, signal })) as {
    orgs: readonly { readonly id: string }[];
  };
  if (!orgs[0])
    throw Object.assign(new Error(`the token does not see the organization ${org}`), { statusCode: 403 });
  const body = {
    orgID: orgs[0].id,
    name: bucket,
    description: 'Samples of hosts, kept by minimon',
    retentionRules: [{ type: 'expire', everySeconds: Math.ceil(retentionMs / 1_000) }],
  };
  try {
    const created = (await json({ method: 'POST', path: '/api/v2/buckets', body, signal })) as Bucket;
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
  { org, bucket, signal }: InfluxTarget & { readonly signal?: AbortSignal | undefined },
): Promise<Bucket | undefined> {
  const path = `/api/v2/buckets?org=${encodeURIComponent(org)}&name=${encodeURIComponent(bucket)}`;
  try {
    const { buckets } = (await json({ method: 'GET', path, signal })) as { buckets: readonly Bucket[] };
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
