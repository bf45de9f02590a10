// The ports of a system that nobody configured otherwise. They are the original system's, and what follows from them.

export const PORTS = {
  reportGrpc: 8000,
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

export type PortName = keyof typeof PORTS;

/** `host:port`, with brackets where the host is an IPv6 address. */
export const hostPort = (host: string, port: number): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
