// What an enrolled host is called where it calls: the name of its credential among the tokens.
import { createHash } from 'node:crypto';

const MAX_NAME_BYTES = 128;

/** What the audit log calls an enrolled host; by itself, so that no host can call itself as an operator. */
export function agentName(hostId: string): string {
  const name = Buffer.from(`agent ${hostId}`);
  if (name.length <= MAX_NAME_BYTES) return name.toString();
  // Long names that begin alike stay different.
  const hash = `~${createHash('sha256').update(hostId).digest('hex').slice(0, 8)}`;
  const head = name.subarray(0, MAX_NAME_BYTES - hash.length).toString();
  return head.replace(/\ufffd+$/, '') + hash;
}
