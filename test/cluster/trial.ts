// The servers of a cluster for trying things by hand: `node test/cluster/trial.ts DIR [--zookeeper] [--etcd]`.
// Writes DIR/cluster.yaml with where they are and runs until Ctrl-C.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { clusterConfig, startServers } from './servers.ts';

const [directory = '.'] = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const etcd = process.argv.includes('--etcd');
const servers = await startServers({ zookeeper: process.argv.includes('--zookeeper'), etcd });
const file = join(resolve(directory), 'cluster.yaml');
mkdirSync(resolve(directory), { recursive: true });
writeFileSync(
  file,
  clusterConfig({
    servers,
    discovery: etcd ? 'etcd' : 'static',
    reports: ['127.0.0.1:8000', '127.0.0.1:8001', '127.0.0.1:8002'],
    addresses: {
      analyzeGrpc: '127.0.0.1:8010',
      analyzeHttp: '127.0.0.1:8020',
      manageGrpc: '127.0.0.1:8030',
      manageHttp: '127.0.0.1:8040',
      warnHttp: '127.0.0.1:8060',
    },
  }),
);
process.stdout.write(
  `three brokers, InfluxDB${etcd ? ', etcd' : ''} and MariaDB are up; ${file} names them. Ctrl-C ends them.\n`,
);
const pause = setInterval(() => {}, 1 << 30);
await new Promise((done) => {
  process.once('SIGINT', done);
  process.once('SIGTERM', done);
});
clearInterval(pause);
await servers.stop();
