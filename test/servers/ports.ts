// Free ports for servers that cannot be told "any": below the range that the kernel hands out for outgoing calls.
import { createServer } from 'node:net';

// A port from the ephemeral range may be some client's own by the time a killed server is started again.
const FIRST = 15_000;
const COUNT = 15_000;

/** So many different ports of 127.0.0.1 on which nothing listens now. */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  for (let tries = 0; found.size < count; tries++) {
    if (tries > 1_000) throw new Error(`no ${count} free ports between ${FIRST} and ${FIRST + COUNT}`);
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (!found.has(port) && (await isFree(port))) found.add(port);
  }
  return [...found];
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
