// What can be set for finding reports through etcd.
import { z } from 'zod';
import { durationSetting, serverUrlSetting, tlsSetting } from '../runtime/settings.ts';

export const DEFAULT_PREFIX = '/minimon/report/';
export const DEFAULT_TTL = '10s';

export const etcdDiscoveryOptions = z.strictObject({
  kind: z.literal('etcd').describe('etcd: each report keeps its address there under a lease'),
  endpoints: z
    .array(serverUrlSetting('minimon does not log in to etcd'))
    .min(1)
    .default(['http://127.0.0.1:2379'])
    .describe('Client addresses of the members; the next one is asked when one does not answer'),
  prefix: z
    .string()
    .regex(/^\/.*\/$/, 'must begin and end with a slash')
    .default(DEFAULT_PREFIX)
    .describe('Where the reports are; a key is this and the id of a report'),
  ttl: durationSetting({ min: '2s', max: '10m' })
    .prefault(DEFAULT_TTL)
    .describe('How long a report that died without deregistering stays listed'),
  tls: tlsSetting().optional().describe('For https endpoints'),
});
