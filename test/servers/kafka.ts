// Starts real Kafka clusters: 4.1 on its own (KRaft), 3.9 on three ZooKeepers as the original system has them.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { delay } from '../../src/runtime/clock.ts';
import { findProgram, run } from './command.ts';
import { ensureKafka, type KafkaVersion } from './kafka-distribution.ts';
import { createLinks, type Links } from './kafka-links.ts';
import { freePorts } from './ports.ts';
import { createServerProcess, type ServerProcess } from './server-process.ts';
import { startZooKeeper } from './zookeeper.ts';

export type KafkaOptions = {
  /** Default 4.1.1. */
  readonly version?: KafkaVersion;
  /** Default 1. */
  readonly brokers?: 1 | 3;
  /** Over the defaults below, for every broker. */
  readonly properties?: Readonly<Record<string, string | number>>;
  /** The links between brokers can be cut. 4.1 only. */
  readonly links?: boolean;
};

export type KafkaCluster = {
  /** `host:port` by broker. */
  readonly addresses: readonly string[];
  readonly nodeIds: readonly number[];
  /** Broker `which` (index into addresses); without it all. SIGTERM is a graceful stop. */
  kill(signal: NodeJS.Signals, which?: number): Promise<void>;
  /** Starts what does not run and resolves when it is ready again. */
  restart(which?: number): Promise<void>;
  pids(): readonly (number | undefined)[];
  log(which: number): string;
  /** With `links`: between brokers by their index into addresses. */
  readonly links?: Pick<Links, 'cut' | 'heal'> | undefined;
  stop(): Promise<void>;
};

const HEAP = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto', '-Xms32m', '-Xmx192m'];

export async function startKafka(options: KafkaOptions = {}): Promise<KafkaCluster> {
  const { version = '4.1.1', brokers: count = 1 } = options;
  const classPath = join(await ensureKafka(version), 'lib', '*');
  const java = (await findProgram('java')) ?? 'java';
  const directory = mkdtempSync(join(tmpdir(), 'minimon-kafka-'));
  const ports = await freePorts(count * 3);
  const brokerPorts = ports.slice(0, count);
  const controllerPorts = ports.slice(count, 2 * count);
  const innerPorts = ports.slice(2 * count);
  const links = options.links
    ? await createLinks(innerPorts.map((port, i) => [port, controllerPorts[i]!]))
    : undefined;
  const addresses = brokerPorts.map((port) => `127.0.0.1:${port}`);
  const nodeIds = brokerPorts.map((_, i) => i + 1);
  const zooKeeper = version === '3.9.1' ? await startZooKeeper({ classPath, java, directory }) : undefined;

  const brokers = await Promise.all(
    nodeIds.map(async (nodeId, i): Promise<ServerProcess> => {
      const home = join(directory, `broker-${nodeId}`);
      mkdirSync(home);
      const own = zooKeeper
        ? zooKeeperProperties({ nodeId, port: brokerPorts[i]!, connect: zooKeeper.connect })
        : kraftProperties({ nodeId, port: brokerPorts[i]!, controllerPorts, nameOf: links?.nameOf });
      const inner =
        links &&
        linkedProperties({
          ...{ own, name: links.nameOf(i), port: innerPorts[i]!, controllerPort: controllerPorts[i]! },
        });
      const dirs = { 'log.dirs': join(home, 'data') };
      const properties = { ...common(count), ...own, ...inner, ...dirs, ...options.properties };
      const file = join(home, 'server.properties');
      writeFileSync(file, render(properties));
      const logging = join(home, zooKeeper ? 'log4j.properties' : 'log4j2.properties');
      writeFileSync(logging, zooKeeper ? LOG4J : LOG4J2);
      const logOption = zooKeeper
        ? `-Dlog4j.configuration=file:${logging}`
        : `-Dlog4j2.configurationFile=${logging}`;
      const hosts = join(home, 'hosts');
      links?.writeHosts(i, hosts);
      const hostsOption = links ? [`-Djdk.net.hosts.file=${hosts}`] : [];
      const command = [java, ...HEAP, ...hostsOption, logOption, '-cp', classPath];
      if (!zooKeeper)
        await run([...command, 'kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', file]);
      return createServerProcess({
        name: `kafka-${nodeId}`,
        command: [...command, 'kafka.Kafka', file],
        directory: home,
        // ZooKeeper keeps a killed broker's registration until its session has timed out.
        passingFault: /NodeExistsException/,
        ready: (log) => /Kafka Server started|KafkaServer id=\d+\] started/.test(log()),
      });
    }),
  );
  const chosen = (which: number | undefined) => (which === undefined ? brokers : [brokers[which]!]);

  async function stop() {
    // The data is thrown away: nothing is won by a controlled shutdown, which hangs without a quorum.
    await Promise.all(brokers.map((broker) => broker.kill('SIGKILL')));
    await zooKeeper?.stop();
    await links?.stop();
    rmSync(directory, { recursive: true, force: true });
  }

  try {
    await Promise.all(brokers.map((broker) => broker.start()));
    if (count > 1) await Promise.all(addresses.map((address) => untilKnows(address, count)));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    addresses,
    nodeIds,
    async kill(signal, which) {
      await Promise.all(chosen(which).map((broker) => broker.kill(signal)));
    },
    async restart(which) {
      await Promise.all(chosen(which).map((broker) => broker.start()));
    },
    pids: () => brokers.map((broker) => broker.pid()),
    log: (which) => brokers[which]!.log(),
    links,
    stop,
  };
}

/** A broker says that it has started before the others have heard of it: a topic made then has too few replicas. */
async function untilKnows(address: string, brokers: number): Promise<void> {
  const admin = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    const until = Date.now() + 60_000;
    while ((await admin.describeCluster()).brokers.length < brokers) {
      if (Date.now() > until) throw new Error(`the broker at ${address} does not know all ${brokers}`);
      await delay(50);
    }
  } finally {
    await admin.disconnect();
  }
}

const CLUSTER_ID = 'bWluaW1vbi10ZXN0LWthZg';

type Properties = Readonly<Record<string, string | number>>;

const render = (properties: Properties) =>
  `${Object.entries(properties)
    .map(([key, value]) => `${key}=${value}`)
    .join('\n')}\n`;

/** Small buffers, or a broker needs half a gigabyte; no waiting where a test would wait. */
const common = (count: number): Properties => ({
  'auto.create.topics.enable': 'false',
  'group.initial.rebalance.delay.ms': 0,
  'offsets.topic.num.partitions': 4,
  'offsets.topic.replication.factor': Math.min(3, count),
  'transaction.state.log.replication.factor': Math.min(3, count),
  'transaction.state.log.min.isr': 1,
  'log.segment.bytes': 16_777_216,
  'log.cleaner.dedupe.buffer.size': 4_194_304,
  'log.cleaner.io.buffer.size': 65_536,
  'num.network.threads': 2,
  'num.io.threads': 4,
  'unclean.leader.election.enable': 'false',
  'controlled.shutdown.max.retries': 1,
  // How soon a killed broker is missed.
  'replica.lag.time.max.ms': 6_000,
});

const kraftProperties = (at: {
  nodeId: number;
  port: number;
  controllerPorts: readonly number[];
  /** Of a broker for the others; default its address. */
  nameOf: ((broker: number) => string) | undefined;
}): Properties => ({
  'process.roles': 'broker,controller',
  'node.id': at.nodeId,
  'controller.quorum.voters': at.controllerPorts
    .map((port, i) => `${i + 1}@${at.nameOf?.(i) ?? '127.0.0.1'}:${port}`)
    .join(','),
  listeners: `BROKER://127.0.0.1:${at.port},CONTROLLER://127.0.0.1:${at.controllerPorts[at.nodeId - 1]}`,
  'advertised.listeners': `BROKER://127.0.0.1:${at.port}`,
  'listener.security.protocol.map': 'BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT',
  'inter.broker.listener.name': 'BROKER',
  'controller.listener.names': 'CONTROLLER',
  'broker.session.timeout.ms': 6_000,
});

/** Brokers call each other by name on a listener of their own; clients come by address as ever. */
const linkedProperties = (at: {
  own: Properties;
  name: string;
  port: number;
  controllerPort: number;
}): Properties => ({
  listeners: `${at.own['listeners']},INNER://127.0.0.1:${at.port}`,
  // The controller's too: others take the quorum's addresses from it once they have found its leader.
  'advertised.listeners': `${at.own['advertised.listeners']},INNER://${at.name}:${at.port},CONTROLLER://${at.name}:${at.controllerPort}`,
  'listener.security.protocol.map': `${at.own['listener.security.protocol.map']},INNER:PLAINTEXT`,
  'inter.broker.listener.name': 'INNER',
});

const zooKeeperProperties = (at: { nodeId: number; port: number; connect: string }): Properties => ({
  'broker.id': at.nodeId,
  listeners: `PLAINTEXT://127.0.0.1:${at.port}`,
  'advertised.listeners': `PLAINTEXT://127.0.0.1:${at.port}`,
  'zookeeper.connect': at.connect,
  'zookeeper.session.timeout.ms': 6_000,
});

const LOG4J2 = `status=error
appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d %p %c: %m%n
rootLogger.level=warn
rootLogger.appenderRef.console.ref=console
logger.ready.name=kafka.server.KafkaRaftServer
logger.ready.level=info
`;

const LOG4J = `log4j.rootLogger=WARN, console
log4j.appender.console=org.apache.log4j.ConsoleAppender
log4j.appender.console.layout=org.apache.log4j.PatternLayout
log4j.appender.console.layout.ConversionPattern=%d %p %c: %m%n
log4j.logger.kafka.server.KafkaServer=INFO
`;
