// The servers of a whole cluster: three brokers, InfluxDB and MariaDB, and etcd where a run wants it.
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type Etcd, startEtcd } from '../servers/etcd.ts';
import { type Influxdb, startInfluxdb } from '../servers/influxdb.ts';
import { type KafkaCluster, startKafka } from '../servers/kafka.ts';
import { type Mariadb, startMariadb } from '../servers/mariadb.ts';

export type ClusterServers = {
  readonly kafka: KafkaCluster;
  readonly influxdb: Influxdb;
  readonly mariadb: Mariadb;
  readonly etcd: Etcd | undefined;
  stop(): Promise<void>;
};

/** `zookeeper`: Kafka 3.9 on three ZooKeepers instead of 4.1 on its own. */
export async function startServers(
  options: { readonly zookeeper?: boolean; readonly etcd?: boolean } = {},
): Promise<ClusterServers> {
  const started: { stop(): Promise<void> }[] = [];
  const keep = async <T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const server = await starting;
    started.push(server);
    return server;
  };
  const stop = async () => {
    await Promise.allSettled(started.map((server) => server.stop()));
  };
  const starting = [
    keep(startKafka({ version: options.zookeeper ? '3.9.1' : '4.1.1', brokers: 3 })),
    keep(startInfluxdb()),
    keep(startMariadb()),
    options.etcd ? keep(startEtcd()) : undefined,
  ] as const;
  const settled = await Promise.allSettled(starting);
  const failed = settled.find((one) => one.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  const [kafka, influxdb, mariadb, etcd] = await Promise.all(starting);
  return { kafka, influxdb, mariadb, etcd, stop };
}

/** The configuration file that every daemon and command of the cluster reads. */
export function clusterConfig(options: {
  readonly servers: ClusterServers;
  /** Default: the static list; `etcd` needs servers with it. */
  readonly discovery?: 'static' | 'etcd';
  readonly reports: readonly string[];
  /** With what `tls init` made; without it all is plain. */
  readonly tlsDirectory?: string;
  readonly addresses: {
    readonly analyzeGrpc: string;
    readonly analyzeHttp: string;
    readonly manageGrpc: string;
    readonly manageHttp: string;
    readonly warnHttp: string;
  };
}): string {
  const { servers, discovery = 'static', reports, addresses, tlsDirectory } = options;
  const { kafka, influxdb, mariadb, etcd } = servers;
  return stringify({
    ...(tlsDirectory && {
      tls: {
        ca_file: join(tlsDirectory, 'ca.crt'),
        cert_file: join(tlsDirectory, 'server.crt'),
        key_file: join(tlsDirectory, 'server.key'),
      },
      client_certificates: 'optional',
    }),
    bus: { kind: 'kafka', brokers: kafka.addresses },
    store: {
      kind: 'influxdb',
      url: influxdb.url,
      org: influxdb.org,
      // Not the one of the setup, which keeps its data for ever: this one minimon makes.
      bucket: 'hosts',
      token: influxdb.token,
    },
    catalog: {
      kind: 'mysql',
      host: mariadb.host,
      port: mariadb.port,
      user: mariadb.user,
      password: mariadb.password,
      database: mariadb.database,
    },
    discovery: discovery === 'etcd' ? { kind: 'etcd', endpoints: [etcd!.url] } : { kind: 'static', reports },
    analyze_address: addresses.analyzeGrpc,
    manage_address: addresses.manageGrpc,
    analyze: { grpc: addresses.analyzeGrpc, http: addresses.analyzeHttp },
    manage: { grpc: addresses.manageGrpc, http: addresses.manageHttp },
    client: {
      analyze_http: addresses.analyzeHttp,
      analyze_grpc: addresses.analyzeGrpc,
      manage_http: addresses.manageHttp,
      warn_http: addresses.warnHttp,
      ...(discovery === 'static' && { reports }),
    },
  });
}
