// Which user of this machine is at the other end of a connection, by the kernel's own table of sockets.
import { createReadStream, readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { createInterface } from 'node:readline';

/** The four ends of a connection, as node has them. */
export type Ends = {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
};

/**
 * Whether it comes from this machine: over loopback, or from the very address that it was made to. In a user namespace not
 * the latter: what forwards the ports of a rootless container calls so for anybody, and is shown as root.
 */
export const isLocal = ({ remoteAddress = '', localAddress }: Ends, inNamespace = false): boolean => {
  const address = unmapped(remoteAddress);
  if (address === '') return false;
  return isLoopbackAddress(address) || (!inNamespace && address === unmapped(localAddress ?? ''));
};

/** Whether user ids are those of a namespace, and not the machine's. */
export function isInUserNamespace(map = '/proc/self/uid_map'): boolean {
  try {
    return !/^\s*0\s+0\s+4294967295\s*$/.test(readFileSync(map, 'latin1'));
  } catch {
    return false;
  }
}

/** Stands there for every user who has no id in the namespace. */
const NO_USER = 65_534;

const isLoopbackAddress = (address: string): boolean =>
  address === '::1' || (isIPv4(address) && address.startsWith('127.'));

/** Of an IPv4 address over an IPv6 socket. */
const unmapped = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '');

/**
 * The user id of the process at the other end. Undefined where its socket is not found: the process closed it, it is in
 * another network namespace, or this is not Linux. The kernel walks all its sockets for it, which takes milliseconds: once a
 * connection, and once for all that come together.
 */
export async function uidOfPeer(
  ends: Ends,
  { inNamespace = false, root = '/proc/net' } = {},
): Promise<number | undefined> {
  const { remoteAddress, remotePort, localAddress, localPort } = ends;
  if (!remoteAddress || !localAddress || !remotePort || !localPort) return undefined;
  const [from, to] = [unmapped(remoteAddress), unmapped(localAddress)];
  const mapped = (address: string) => `0000000000000000FFFF0000${hexOfIpv4(address)}`;
  const versions = isIPv4(from)
    ? // Its socket may be one of IPv6 all the same.
      ([['tcp', hexOfIpv4] as const, ['tcp6', mapped] as const] as const)
    : ([['tcp6', hexOfIpv6] as const] as const);
  for (const [table, hex] of versions) {
    const wanted = `${hex(from)}:${hexPort(remotePort)} ${hex(to)}:${hexPort(localPort)} `;
    const uid = await find(`${root}/${table}`, wanted);
    if (uid !== undefined) return inNamespace && uid === NO_USER ? undefined : uid;
  }
  return undefined;
}

type Lookup = { readonly ends: string; readonly found: (uid: number | undefined) => void };

/** By table: who waits for the next reading of it. The table is as long as there are connections: one reading serves all. */
const waiting = new Map<string, Lookup[]>();

function find(path: string, ends: string): Promise<number | undefined> {
  return new Promise((found) => {
    const others = waiting.get(path);
    if (others) others.push({ ends, found });
    else {
      waiting.set(path, [{ ends, found }]);
      void serve(path);
    }
  });
}

/** Those that come while it reads wait for the next reading: their sockets may be newer than what was read. */
async function serve(path: string): Promise<void> {
  for (let some = waiting.get(path)!; some.length > 0; some = waiting.get(path)!) {
    waiting.set(path, []);
    const uids = await readUids(path, new Set(some.map(({ ends }) => ends)));
    for (const { ends, found } of some) found(uids.get(ends));
  }
  waiting.delete(path);
}

async function readUids(path: string, wanted: ReadonlySet<string>): Promise<Map<string, number | undefined>> {
  const uids = new Map<string, number | undefined>();
  try {
    for await (const line of createInterface(createReadStream(path, 'latin1'))) {
      const [, local, remote, , , , , uid, , inode] = line.trim().split(/\s+/);
      const ends = `${local} ${remote} `;
      // A socket that its process has closed is nobody's, and shown as root's.
      if (wanted.has(ends) && !uids.has(ends)) uids.set(ends, inode === '0' ? undefined : Number(uid));
      if (uids.size === wanted.size) break;
    }
  } catch {
    // Without such a table nobody is known.
  }
  return uids;
}

const hexPort = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0');

/** Words of four bytes, each as a number of this machine: the last byte first. */
const words = (bytes: readonly number[]): string =>
  Array.from({ length: bytes.length / 4 }, (_, i) =>
    bytes
      .slice(i * 4, i * 4 + 4)
      .reverse()
      .map((byte) => byte.toString(16).toUpperCase().padStart(2, '0'))
      .join(''),
  ).join('');

const hexOfIpv4 = (address: string): string => words(address.split('.').map(Number));

function hexOfIpv6(address: string): string {
  const [head = '', tail] = address.split('%')[0]!.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const [before, after] = [groups(head), groups(tail ?? '')];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  const all = [...before, ...(tail === undefined ? [] : zeros), ...after];
  return words(
    all.flatMap((group) => {
      const number = Number.parseInt(group, 16);
      return [number >> 8, number & 0xff];
    }),
  );
}
