// Three ZooKeepers for Kafka 3.9, from the class path that came with it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePorts } from './ports.ts';
import { createServerProcess } from './server-process.ts';

export type ZooKeeper = {
  /** What a broker's `zookeeper.connect` takes. */
  readonly connect: string;
  kill(signal: NodeJS.Signals, which: number): Promise<void>;
  restart(which: number): Promise<void>;
  stop(): Promise<void>;
};

const NODES = 3;

export async function startZooKeeper(at: {
  readonly classPath: string;
  readonly java: string;
  readonly directory: string;
}): Promise<ZooKeeper> {
  const ports = await freePorts(NODES * 3);
  const clientPorts = ports.slice(0, NODES);
  const quorum = clientPorts.map(
    (_, i) => `server.${i + 1}=127.0.0.1:${ports[NODES + i]}:${ports[2 * NODES + i]}`,
  );
  const nodes = clientPorts.map((port, i) => {
    const home = join(at.directory, `zookeeper-${i + 1}`);
    mkdirSync(join(home, 'data'), { recursive: true });
    writeFileSync(join(home, 'data', 'myid'), `${i + 1}`);
    const file = join(home, 'zoo.cfg');
    writeFileSync(
      file,
      [
        'tickTime=500',
        'initLimit=20',
        'syncLimit=10',
        `dataDir=${join(home, 'data')}`,
        `clientPort=${port}`,
        'clientPortAddress=127.0.0.1',
        'admin.enableServer=false',
        '4lw.commands.whitelist=ruok,srvr,mntr',
        'maxClientCnxns=0',
        ...quorum,
        '',
      ].join('\n'),
    );
    return createServerProcess({
      name: `zookeeper-${i + 1}`,
      command: [
        at.java,
        ...['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto', '-Xms16m', '-Xmx32m'],
        ...['-cp', at.classPath, 'org.apache.zookeeper.server.quorum.QuorumPeerMain', file],
      ],
      directory: home,
      ready: async () => /^Mode: /m.test(await ask(port, 'srvr')),
    });
  });

  const stop = async () => {
    await Promise.all(nodes.map((node) => node.kill('SIGKILL')));
  };
  try {
    await Promise.all(nodes.map((node) => node.start()));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    connect: clientPorts.map((port) => `127.0.0.1:${port}`).join(','),
    kill: (signal, which) => nodes[which]!.kill(signal),
    restart: (which) => nodes[which]!.start(),
    stop,
  };
}

/** One of ZooKeeper's four-letter questions. */
const ask = (port: number, word: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.setTimeout(2_000, () => socket.destroy(new Error('no answer')));
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
    });
    socket.once('connect', () => socket.write(word));
    socket.once('error', reject);
    socket.once('close', () => resolve(answer));
  });
