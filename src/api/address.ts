// host:port as daemons listen on it and clients call it.
import { ExpectedError } from '../domain/errors.ts';

export type Address = { readonly host: string; readonly port: number };

/** Takes `127.0.0.1:8000`, `web-1:8000` and `[::1]:8000`; anything else is BAD_CONFIG. */
export function parseAddress(text: string): Address {
  const match = /^(?:\[([^\]]+)\]|([^:[\]\s/]+)):(\d{1,5})$/.exec(text.trim());
  const port = Number(match?.[3]);
  if (!match || port > 65_535) {
    throw new ExpectedError('BAD_CONFIG', `${JSON.stringify(text)} is not an address of the form host:port`, {
      hint: 'Write a host name or an IP address and a port, such as 127.0.0.1:8000 or [::1]:8000.',
    });
  }
  return { host: (match[1] ?? match[2])!, port };
}

export const formatAddress = ({ host, port }: Address): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

/** Why an address cannot be listened on, as an error with the way out. */
export function listenFailure(text: string, error: unknown, daemon: string): ExpectedError {
  const message = error instanceof Error ? error.message : String(error);
  const says = (code: string) => message.includes(code) || (error as { code?: string })?.code === code;
  if (says('EADDRINUSE')) {
    return new ExpectedError('PORT_IN_USE', `${daemon} cannot listen on ${text}: the port is in use`, {
      hint: `Stop what listens there (ss -ltnp 'sport = :${text.split(':').pop()}'), or give ${daemon} another address.`,
      cause: error,
    });
  }
  if (says('EACCES')) {
    return new ExpectedError('NOT_ALLOWED', `${daemon} may not listen on ${text}`, {
      hint: 'Ports below 1024 need a privilege; choose a higher one.',
      cause: error,
    });
  }
  return new ExpectedError('BAD_CONFIG', `${daemon} cannot listen on ${text}: ${message}`, {
    hint: 'The host must be an address of this machine, such as 127.0.0.1 or 0.0.0.0.',
    cause: error,
  });
}
