// Settings of the Kafka bus.
import { z } from 'zod';
import { addressSetting, durationSetting, tlsSetting } from '../../runtime/settings.ts';

export const kafkaOptions = z.strictObject({
  brokers: z
    .array(addressSetting())
    .min(1)
    .default(['127.0.0.1:9092'])
    .describe('Some brokers of the cluster, as host:port; the others are found through them'),
  topic: z
    .string()
    .regex(/^[a-zA-Z0-9._-]{1,249}$/, 'letters, digits, dot, underscore and dash')
    .default('minimon.ticks')
    .describe('The topic; it is made if it is missing'),
  partitions: z
    .int()
    .min(1)
    .max(1_000)
    .default(12)
    .describe('Partitions of a topic that has to be made; never changed afterwards'),
  retention: durationSetting()
    .prefault('7d')
    .describe('How long a topic that has to be made keeps its records'),
  clientId: z.string().default('minimon').describe('How this process is called in the logs of the brokers'),
  tls: tlsSetting().optional().describe('Speak TLS to the brokers; an empty object is enough'),
  sasl: z
    .strictObject({
      mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']),
      username: z.string().min(1),
      password: z.string().min(1).meta({ secret: true }),
    })
    .optional()
    .describe('Name and password for the brokers'),
});

export type KafkaOptions = z.infer<typeof kafkaOptions>;
