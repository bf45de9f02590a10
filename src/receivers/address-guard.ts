// Which addresses a receiver may connect to: link-local ones and metadata services only from an allow-list.
import { type LookupAddress, type LookupOptions, lookup as systemLookup } from 'node:dns';
import { BlockList, isIP, isIPv6, type LookupFunction } from 'node:net';
import { bareHost } from '../domain/address.ts';

export type AddressGuard = {
  /**
   * Why connecting to this host or address is blocked; undefined if it is allowed, or a name that must be resolved
   * first.
   */
  errorOf(host: string): string | undefined;
  /** For `net.connect`: the system's lookup, failing with EBLOCKED where a result may not be connected to. */
  readonly lookup: LookupFunction;
};

export type AddressGuardOptions = {
  /** Hosts and addresses that are allowed though link-local, as operators write them. */
  readonly allow?: readonly string[];
  readonly resolve?: typeof systemLookup;
  /** No setting names more of them. */
  readonly isFixed?: boolean;
};

const METADATA_NAMES = new Set([
  'metadata.google.internal',
  'metadata.goog',
  'metadata',
  'instance-data',
  'instance-data.ec2.internal',
  'metadata.azure.internal',
]);

/** Metadata services outside of link-local: Alibaba Cloud, Oracle Cloud, Azure; on IPv6 AWS, Google Cloud, Scaleway. */
const METADATA_IPV4 = ['100.100.100.200', '192.0.0.192', '168.63.129.16'];
const METADATA_IPV6 = ['fd00:ec2::254', 'fd20:ce::254', 'fd00:42::42'];

const blockedIPv4 = new BlockList();
blockedIPv4.addSubnet('169.254.0.0', 16);
for (const address of METADATA_IPV4) blockedIPv4.addAddress(address);
const blockedIPv6 = new BlockList();
blockedIPv6.addSubnet('fe80::', 10, 'ipv6');
for (const address of METADATA_IPV6) blockedIPv6.addAddress(address, 'ipv6');

/**
 * Where an IPv6 address carries an IPv4 one, as indexes of its eight groups: it is judged too, as a router on the way
 * may turn it back.
 */
const EMBEDDED: readonly {
  readonly prefix: RegExp;
  readonly groups: readonly [number, number];
  readonly flip?: true;
}[] = [
  // Mapped (::ffff:0:0/96), translated (::ffff:0:0:0/96), compatible (::/96).
  { prefix: /^0:0:0:0:(0:ffff|ffff:0|0:0):/, groups: [6, 7] },
  // NAT64, the well-known prefix and those of local use (RFC 8215).
  { prefix: /^64:ff9b:/, groups: [6, 7] },
  // ISATAP, whatever the network.
  { prefix: /^(\w+:){4}(0|200):5efe:/, groups: [6, 7] },
  // 6to4.
  { prefix: /^2002:/, groups: [1, 2] },
  // Teredo: the server, and the client with its bits flipped.
  { prefix: /^2001:0:/, groups: [2, 3] },
  { prefix: /^2001:0:/, groups: [6, 7], flip: true },
];

function isBlocked(address: string): boolean {
  if (!isIPv6(address)) return blockedIPv4.check(address);
  if (blockedIPv6.check(address, 'ipv6')) return true;
  const groups = groupsOf(address);
  const text = groups.map((group) => group.toString(16)).join(':');
  return EMBEDDED.some(({ prefix, groups: [high, low], flip }) => {
    if (!prefix.test(text)) return false;
    const bits = ((groups[high]! << 16) | groups[low]!) ^ (flip ? -1 : 0);
    return blockedIPv4.check([24, 16, 8, 0].map((shift) => (bits >>> shift) & 0xff).join('.'));
  });
}

/** The eight groups of an IPv6 address without a zone. */
function groupsOf(address: string): readonly number[] {
  // The URL parser writes the end as groups where it was written as IPv4.
  const written = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [before = [], after = []] = written.split('::').map((part) =>
    part
      .split(':')
      .filter(Boolean)
      .map((group) => Number.parseInt(group, 16)),
  );
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after];
}

export function createAddressGuard(options: AddressGuardOptions = {}): AddressGuard {
  const { allow = [], resolve = systemLookup, isFixed = false } = options;
  const notAllowed = `is not allowed${isFixed ? '' : ': warn.allow_addresses may name it'}`;
  const allowed = new Set(allow.map(plainHost));

  function errorOf(written: string): string | undefined {
    const host = plainHost(written);
    if (allowed.has(host)) return undefined;
    if (METADATA_NAMES.has(host)) return `${host} is a metadata service, which ${notAllowed}`;
    if (isIP(host) === 0) return undefined;
    return isBlocked(host) ? `${host} is a link-local or metadata address, which ${notAllowed}` : undefined;
  }

  const lookup: LookupFunction = (hostname, given, callback) => {
    const wanted: LookupOptions = { ...given, all: true };
    resolve(hostname, wanted, (error, found) => {
      if (error) return callback(error, '', 0);
      const addresses = found as unknown as LookupAddress[];
      const nameAllowed = allowed.has(plainHost(hostname));
      const fault = nameAllowed
        ? undefined
        : addresses.map(({ address }) => errorOf(address)).find((text) => text !== undefined);
      if (fault !== undefined) {
        return callback(Object.assign(new Error(`${hostname}: ${fault}`), { code: 'EBLOCKED' }), '', 0);
      }
      const [first] = addresses;
      if (first === undefined)
        return callback(Object.assign(new Error(`${hostname} has no address`), { code: 'ENOTFOUND' }), '', 0);
      if (given.all === true) return callback(null, addresses);
      callback(null, first.address, first.family);
    });
  };

  return { errorOf, lookup };
}

/** Without the brackets and zone of IPv6, the dot at the end of a name, and capitals. */
const plainHost = (host: string): string =>
  bareHost(host.toLowerCase()).replace(/%.*$/, '').replace(/\.$/, '');
