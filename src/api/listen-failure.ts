// Why an address cannot be listened on, as an error with the way out.
import { parseAddress } from '../domain/address.ts';
import { ExpectedError } from '../domain/errors.ts';

export function listenFailure(text: string, error: unknown, daemon: string): ExpectedError {
  const message = error instanceof Error ? error.message : String(error);
  const says = (code: string) => message.includes(code) || (error as { code?: string })?.code === code;
  if (says('EADDRINUSE')) {
    return new ExpectedError('PORT_IN_USE', `${daemon} cannot listen on ${text}: the port is in use`, {
      hint: `Stop what listens there (ss -ltnp 'sport = :${parseAddress(text).port}'), or give ${daemon} another address.`,
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
