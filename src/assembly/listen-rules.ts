// What may listen where: the port offset, and nothing off loopback unless someone said so.
import { isLoopback } from '../domain/address.ts';
import { ExpectedError } from '../domain/errors.ts';
import type { Config, DaemonName } from './config-schema.ts';
import { checkTls, listenerTls } from './tls.ts';

const LISTENERS = [
  ['agent', 'admin'],
  ['report', 'grpc'],
  ['report', 'push'],
  ['report', 'admin'],
  ['persist', 'admin'],
  ['analyze', 'grpc'],
  ['analyze', 'http'],
  ['manage', 'grpc'],
  ['manage', 'http'],
  ['warn', 'grpc'],
  ['warn', 'http'],
] as const satisfies readonly (readonly [DaemonName, string])[];

/** The configuration with the offset added to each port that is not set. INSECURE_BIND for addresses others can reach. */
export function withListenRules(
  config: Config,
  options: { readonly isSet: (key: string) => boolean; readonly daemons: readonly DaemonName[] },
): Config {
  for (const daemon of options.daemons) checkTls(config, daemon);
  const result = structuredClone(config) as Config;
  for (const [section, name] of LISTENERS) {
    const listeners = result[section] as Record<string, unknown>;
    const address = String(listeners[name]);
    const cut = address.lastIndexOf(':');
    const [host, port] = [address.slice(0, cut), Number(address.slice(cut + 1))];
    if (!options.isSet(`${section}.${name}`)) listeners[name] = `${host}:${port + config.portOffset}`;
    if (config.insecure || !options.daemons.includes(section) || isLoopback(host)) continue;
    // What has no certificate or token is refused at each call.
    if (listenerTls(config, section)) continue;
    throw new ExpectedError(
      'INSECURE_BIND',
      `${section}.${name} would listen on ${address} in plain text, where others can read the traffic and its tokens`,
      {
        hint: 'Listen on 127.0.0.1; or set tls.cert and tls.key (minimon tls init), with tokens or client certificates; or set insecure: true (--insecure) on a network that you trust.',
      },
    );
  }
  return result;
}

/** The error of a failed start; where a port is taken, with both ways to another one: all ports, or the setting's own. */
export function withPortHint(error: unknown, config: Config): unknown {
  if (!(error instanceof ExpectedError && error.code === 'PORT_IN_USE')) return error;
  const taken = LISTENERS.find(([section, name]) => {
    const address = String((config[section] as Record<string, unknown>)[name]);
    return error.message.includes(` ${address}:`);
  });
  if (!taken) return error;
  const [section, name] = taken;
  const port = Number(
    String((config[section] as Record<string, unknown>)[name])
      .split(':')
      .pop(),
  );
  return new ExpectedError('PORT_IN_USE', error.message, {
    hint: `Find the process with ss -ltnp 'sport = :${port}'. Move all ports with --port-offset 1000, or this one with --set ${section}.${name}=127.0.0.1:PORT.`,
    cause: error,
  });
}
