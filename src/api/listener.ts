// Binding of gRPC and HTTP listeners, and their accept backlog.
import type { AddressInfo, Server } from 'node:net';
import { formatAddress, parseAddress } from '../domain/address.ts';
import { listenFailure } from './network-errors.ts';

/**
 * After a restart all agents come together. Of those above the backlog the kernel drops the first packet, and they try again
 * after 1, 2, 4 ... 64 s; node's own is 511. The kernel allows net.core.somaxconn, 4,096 by default.
 */
const BACKLOG = 4_096;

/** Resolves with the `host:port` that is bound; PORT_IN_USE and BAD_CONFIG name the address. */
export async function listenOn(server: Server, address: string, daemon: string): Promise<string> {
  const { host, port } = parseAddress(address);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenFailure(address, error, daemon)));
    server.listen({ host, port, backlog: BACKLOG }, resolve);
  });
  return formatAddress({ host, port: (server.address() as AddressInfo).port });
}
