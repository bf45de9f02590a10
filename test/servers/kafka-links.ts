// The network between brokers on one machine, with links that can be cut: each broker reaches each other one through a
// forwarder of its own, on an address that only its hosts file knows.
import { writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';

export type Links = {
  /** The file to start broker `from`'s Java with: `-Djdk.net.hosts.file=`. */
  writeHosts(from: number, file: string): void;
  /** As others call a broker. */
  nameOf(broker: number): string;
  /** Nothing passes between the two any more, in either direction, and nobody is told: no reset, no refusal. */
  cut(a: number, b: number): void;
  heal(a: number, b: number): void;
  stop(): Promise<void>;
};

/** `ports[i]`: where broker i listens on 127.0.0.1 for other brokers. */
export async function createLinks(ports: readonly (readonly number[])[]): Promise<Links> {
  const brokers = ports.map((_, i) => i);
  const nameOf = (broker: number) => `broker-${broker}`;
  const addressOf = (from: number, to: number) =>
    from === to ? '127.0.0.1' : `127.0.${10 + from}.${1 + to}`;
  const severed = new Set<string>();
  const keyOf = (a: number, b: number) => [a, b].sort().join('-');
  const sockets = new Map<Socket, string>();
  const servers: Server[] = [];

  for (const from of brokers) {
    for (const to of brokers) {
      if (from === to) continue;
      const key = keyOf(from, to);
      for (const port of ports[to]!) servers.push(await forward({ host: addressOf(from, to), port, key }));
    }
  }

  function forward(at: { host: string; port: number; key: string }): Promise<Server> {
    const server = createServer((near) => {
      hold(near, at.key);
      // As a packet that is lost: the caller waits for its own time limit.
      if (severed.has(at.key)) return;
      const far = connect(at.port, '127.0.0.1');
      hold(far, at.key);
      near.on('data', (bytes) => severed.has(at.key) || far.write(bytes));
      far.on('data', (bytes) => severed.has(at.key) || near.write(bytes));
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const)
        one.on('close', () => severed.has(at.key) || other.destroy());
    });
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(at.port, at.host, () => resolve(server));
    });
  }

  function hold(socket: Socket, key: string) {
    sockets.set(socket, key);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  }

  return {
    nameOf,
    writeHosts(from, file) {
      const lines = brokers.map((to) => `${addressOf(from, to)} ${nameOf(to)}`);
      writeFileSync(file, `${['127.0.0.1 localhost', ...lines].join('\n')}\n`);
    },
    cut: (a, b) => void severed.add(keyOf(a, b)),
    heal(a, b) {
      severed.delete(keyOf(a, b));
      // What was swallowed is missing in the middle of these.
      for (const [socket, key] of sockets) if (key === keyOf(a, b)) socket.destroy();
    },
    async stop() {
      for (const socket of sockets.keys()) socket.destroy();
      await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
    },
  };
}
