// Settings of the Kafka bus.
import { z } from 'zod';
import { addressSetting, durationSetting, tlsSetting } from '../../runtime/settings.ts';

export const kafkaOptions = z.strictObject({
  brokers: z
    .array(addressSetting())
    .min(1)
    .default(['127.0.0.1:9092'])
    .describe('Bootstrap brokers, as host:port'),
  topic: z
    .string()
    .regex(/^[a-zA-Z0-9._-]{1,249}$/, 'letters, digits, dot, underscore and dash')
    .default('minimon.ticks')
    .describe('Topic; created if it is missing'),
  partitions: z
    .int()
    .min(1)
    .max(1_000)
    .default(12)
    .describe('Partitions of a topic that is created; never changed afterwards'),
  retention: durationSetting().prefault('7d').describe('Retention of a topic that is created'),
  clientId: z.string().default('minimon').describe('Client id in the logs of the brokers'),
  tls: tlsSetting().optional().describe('Use TLS for the brokers; an empty object is enough'),
  sasl: z
    .strictObject({
      mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']),
      username: z.string().min(1),
      password: z.string().min(1).meta({ secret: true }),
    })
    .optional()
    .describe('SASL user name and password'),
});

export type KafkaOptions = z.infer<typeof kafkaOptions>;
