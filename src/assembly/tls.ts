// TLS settings of a daemon's listeners, of calls between daemons, and of client commands.
import type { TlsMaterial } from '../api/tls.ts';
import { ExpectedError, messageOf } from '../domain/errors.ts';
import type { Config, DaemonName } from './config-schema.ts';

export type TlsSettings = { readonly [name in keyof TlsMaterial]?: string | undefined };

/** The more specific setting wins; an empty text unsets a general one. */
export function mergedTls(...layers: readonly (TlsSettings | undefined)[]): TlsMaterial {
  const merged: Record<string, string> = {};
  for (const layer of layers) {
    for (const name of ['ca', 'cert', 'key'] as const) {
      const pem = layer?.[name];
      if (pem === undefined) continue;
      delete merged[name];
      delete merged[`${name}Path`];
      if (pem === '') continue;
      merged[name] = pem;
      const path = layer?.[`${name}Path`];
      if (path !== undefined) merged[`${name}Path`] = path;
    }
  }
  return merged;
}

/** A client uses TLS if it has a CA or a certificate. */
export const clientTls = (tls: TlsMaterial): TlsMaterial | undefined =>
  tls.ca || tls.cert ? tls : undefined;

export const daemonTls = (config: Config, daemon: DaemonName): TlsMaterial =>
  mergedTls(config.tls, config[daemon].tls);

/** A listener uses TLS if it has a certificate; with a `ca` it also requests client certificates. */
export const listenerTls = (config: Config, daemon: DaemonName): TlsMaterial | undefined => {
  const tls = daemonTls(config, daemon);
  return tls.cert ? tls : undefined;
};

/** BAD_CONFIG for unusable TLS settings of a daemon. */
export function checkTls(config: Config, daemon: DaemonName): void {
  const { ca, cert, key } = daemonTls(config, daemon);
  if (!ca && !cert && !key) return;
  if (!cert !== !key) {
    const [has, lacks] = cert ? ['cert', 'key'] : ['key', 'cert'];
    throw new ExpectedError('BAD_CONFIG', `${daemon} has tls.${has} and no tls.${lacks}`, {
      hint: `Set tls.${lacks} (or ${daemon}.tls.${lacks}) too; each may be a file: tls.${lacks}_file.`,
    });
  }
  try {
    process.getBuiltinModule('node:tls').createSecureContext({ ca, cert, key });
  } catch (error) {
    throw new ExpectedError(
      'BAD_CONFIG',
      `the TLS settings of ${daemon} cannot be used: ${messageOf(error)}`,
      {
        hint: 'tls.ca, tls.cert and tls.key are PEM texts, or files with _file; the key must be that of the certificate.',
        cause: error,
      },
    );
  }
}
