// What a caller must be allowed for a call, said of every route and every RPC: scopes of tokens are in these words.

/**
 * `open` asks for nothing. `report` is for what hosts send of themselves, `service` for what daemons ask each other, which
 * may hold secrets; `write` changes hosts and alerts, `admin` decides who may call.
 */
export const ACCESS = ['open', 'report', 'read', 'write', 'service', 'admin'] as const;
export type Access = (typeof ACCESS)[number];
