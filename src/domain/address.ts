// host:port as daemons listen on it and clients call it, and the default ports.
import { ExpectedError } from './errors.ts';

export type Address = { readonly host: string; readonly port: number };

/** The original system's ports, and what follows from them. */
export const PORTS = {
  reportGrpc: 8000,
  reportPush: 8005,
  reportAdmin: 8100,
  analyzeGrpc: 8010,
  analyzeHttp: 8020,
  manageGrpc: 8030,
  manageHttp: 8040,
  warnGrpc: 8050,
  warnHttp: 8060,
  agentAdmin: 8090,
  persistAdmin: 8110,
} as const;

const ADDRESS = /^(?:\[([^\]]+)\]|([^:[\]\s/]+)):(\d{1,5})$/;

/** `127.0.0.1:8000`, `web-1:8000` or `[::1]:8000`. */
export const isAddress = (text: string): boolean => readAddress(text) !== undefined;

/** BAD_CONFIG for anything that is not an address. */
export function parseAddress(text: string): Address {
  const address = readAddress(text.trim());
  if (address) return address;
  throw new ExpectedError('BAD_CONFIG', `${JSON.stringify(text)} is not an address of the form host:port`, {
    hint: 'Write a host name or an IP address and a port, such as 127.0.0.1:8000 or [::1]:8000.',
  });
}

const LOOPBACK = /^(?:localhost|127(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}|\[?::1\]?)$/i;

/** Loopback hosts. */
export const isLoopback = (host: string): boolean => LOOPBACK.test(host);

function readAddress(text: string): Address | undefined {
  const match = ADDRESS.exec(text);
  const port = Number(match?.[3]);
  return match && port <= 65_535 ? { host: (match[1] ?? match[2])!, port } : undefined;
}

/** Without the brackets of an IPv6 address. */
export const bareHost = (host: string): string => host.replace(/^\[(.*)\]$/, '$1');

/** With brackets where the host is an IPv6 address. */
export const formatAddress = ({ host, port }: Address): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

/** The address to call: loopback for a wildcard address, which can only be listened on. */
export const callableAddress = (address: string): string =>
  address.replace(/^0\.0\.0\.0:/, '127.0.0.1:').replace(/^\[::0?\]:/, '[::1]:');
