// Brokers that speak TLS and ask for a name and a password: who is trusted, and what is said of those who are not.
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { skipReason } from '../servers/backends.ts';
import { type KafkaCluster, startKafka } from '../servers/kafka.ts';
import { until } from '../until.ts';
import { message, reader } from './contract.ts';
import { freshTopic, openBus, stopBuses } from './kafka-open.ts';

const fixture = (name: string) => readFileSync(new URL(`../api/fixtures/${name}`, import.meta.url), 'utf8');
const [cert, key] = [fixture('tls-cert.pem'), fixture('tls-key.pem')];
/** In one line of a properties file, without what stands before it. */
const inline = (pem: string) => pem.slice(pem.indexOf('-----BEGIN')).trim().replaceAll('\n', '\\n');

describe('a broker with TLS and SASL', { skip: skipReason('kafka') }, () => {
  let cluster: KafkaCluster;
  before(async () => {
    const login = 'org.apache.kafka.common.security.plain.PlainLoginModule required';
    cluster = await startKafka({
      properties: {
        'listener.security.protocol.map': 'BROKER:SASL_SSL,CONTROLLER:PLAINTEXT',
        'ssl.keystore.type': 'PEM',
        'ssl.keystore.certificate.chain': inline(cert),
        'ssl.keystore.key': inline(key),
        'ssl.truststore.type': 'PEM',
        'ssl.truststore.certificates': inline(cert),
        'sasl.enabled.mechanisms': 'PLAIN',
        'sasl.mechanism.inter.broker.protocol': 'PLAIN',
        'listener.name.broker.plain.sasl.jaas.config': `${login} username="minimon" password="right" user_minimon="right";`,
      },
    });
  });
  after(async () => {
    await stopBuses();
    await cluster?.stop();
  });

  const sasl = { mechanism: 'plain', username: 'minimon', password: 'right' } as const;
  const open = (more: Partial<Parameters<typeof openBus>[1]>) =>
    openBus(cluster, {
      topic: freshTopic(),
      partitions: 1,
      tls: { ca: cert },
      sasl,
      patienceMs: 100,
      ...more,
    });

  it('carries records for who trusts its authority and knows the password', async () => {
    const bus = await open({ patienceMs: 20_000 });
    const seen = await reader(bus, 'g');
    await bus.publish([message(0, 'a')]);
    await until('the record', () => seen.texts().join() === 'a');
    await bus.stop();
  });

  const refusals = [
    ['a wrong password', { sasl: { ...sasl, password: 'wrong' } }, /cannot be used: .*[Aa]uthentication/],
    ['an authority that is not trusted', { tls: {} }, /cannot be used: .*certificate/],
    ['plain text', { tls: undefined }, /cannot be used: /],
  ] as const;
  for (const [what, more, reason] of refusals) {
    it(`names ${what} as the fault`, async () => {
      const bus = await open(more);
      await until('the fault', () => reason.test(bus.unhealthy() ?? ''));
      await bus.stop();
    });
  }
});
