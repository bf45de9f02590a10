// What a listener or a client needs to speak TLS: PEM texts, not paths.

export type TlsMaterial = {
  /** Who is trusted. On a server it also makes a client certificate obligatory. */
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
};
