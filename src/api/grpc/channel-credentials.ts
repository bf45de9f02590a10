// TLS credentials of a gRPC client: each connection uses the current files, and verifies the server's name.
import { checkServerIdentity } from 'node:tls';
import { ChannelCredentials, credentials, type VerifyOptions } from '@grpc/grpc-js';
import { parseAddress } from '../../domain/address.ts';
import { reloadingTls, secureContext, type TlsMaterial, type TlsReload } from '../tls.ts';
import type { AddressSource } from './resolver.ts';

export function channelCredentials(tls: TlsMaterial | undefined, source: AddressSource): ChannelCredentials {
  if (!tls) return credentials.createInsecure();
  return new TlsCredentials(tls, {
    // One channel has one authority, but its servers are several: a certificate must name one of those asked for.
    checkServerIdentity(_authority, certificate) {
      const hosts = source.addresses().map((address) => parseAddress(address).host);
      const errors = hosts.map((host) => checkServerIdentity(host, certificate));
      return errors.includes(undefined) ? undefined : errors[0];
    },
  });
}

type Connectors = ChannelCredentials['_createSecureConnector'];

class TlsCredentials extends ChannelCredentials {
  readonly #files: TlsReload;
  readonly #verify: VerifyOptions;
  #inner: ChannelCredentials;
  constructor(tls: TlsMaterial, verify: VerifyOptions) {
    super();
    this.#files = reloadingTls(tls);
    this.#verify = verify;
    this.#inner = this.#made();
  }
  #made(): ChannelCredentials {
    return credentials.createFromSecureContext(secureContext(this.#files.current()), this.#verify);
  }
  override _isSecure(): boolean {
    return true;
  }
  override _equals(other: ChannelCredentials): boolean {
    return this === other;
  }
  override _createSecureConnector(...how: Parameters<Connectors>): ReturnType<Connectors> {
    const connector = this.#inner._createSecureConnector(...how);
    return {
      ...{ waitForReady: () => connector.waitForReady(), destroy: () => connector.destroy() },
      getCallCredentials: () => connector.getCallCredentials(),
      connect: (socket) => {
        if (this.#files.refresh()) this.#inner = this.#made();
        return this.#inner._createSecureConnector(...how).connect(socket);
      },
    };
  }
}
