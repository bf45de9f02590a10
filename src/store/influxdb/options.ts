// What can be set for a store on InfluxDB 2.
import { z } from 'zod';
import { durationSetting, serverUrlSetting, tlsSetting } from '../../runtime/settings.ts';

export const influxStoreOptions = z.strictObject({
  kind: z.literal('influxdb').describe('influxdb: an InfluxDB 2 server, for any number of processes'),
  url: serverUrlSetting('InfluxDB takes a token')
    .default('http://127.0.0.1:8086')
    .describe('URL of the InfluxDB server'),
  org: z.string().min(1).describe('Organization that owns the bucket'),
  bucket: z
    .string()
    .min(1)
    .regex(/^[^_"]/, 'must not begin with an underscore or a quote')
    .default('minimon')
    .describe('Bucket that holds minimon and nothing else; created if it is missing'),
  token: z
    .string()
    .min(1)
    .meta({ secret: true })
    .describe('Token that may read and write the bucket, and create it if it is missing'),
  tls: tlsSetting().optional().describe('For an https address'),
  retention: durationSetting({ min: '1h' })
    .prefault('35d')
    .describe('Retention of a bucket that is created; older samples are rejected'),
  timeout: durationSetting({ min: '1s', max: '10m' }).prefault('30s').describe('Timeout of a request'),
});
