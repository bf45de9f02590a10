// Which addresses a receiver may connect to: link-local ones and metadata services only from an allow-list.
import { type LookupAddress, type LookupOptions, lookup as systemLookup } from 'node:dns';
import { BlockList, isIP, isIPv6, type LookupFunction } from 'node:net';

export type AddressGuard = {
  /** Why this host or address may not be connected to as it is written; undefined where it may, or is a name to look up. */
  errorOf(host: string): string | undefined;
  /** For `net.connect`: the system's lookup, failing with EBLOCKED where a result may not be connected to. */
  readonly lookup: LookupFunction;
};

export type AddressGuardOptions = {
  /** Hosts and addresses that are allowed though link-local, as operators write them. */
  readonly allow?: readonly string[];
  readonly resolve?: typeof systemLookup;
};

const METADATA_NAMES = new Set(['metadata.google.internal', 'metadata.goog', 'metadata', 'instance-data']);

const blocked = new BlockList();
blocked.addSubnet('169.254.0.0', 16);
blocked.addSubnet('fe80::', 10, 'ipv6');
// Metadata services outside of link-local: Alibaba Cloud, Oracle Cloud, and AWS on IPv6.
blocked.addAddress('100.100.100.200');
blocked.addAddress('192.0.0.192');
blocked.addAddress('fd00:ec2::254', 'ipv6');
// IPv4 inside IPv6: NAT64 and the deprecated compatible form. Mapped addresses (::ffff:) BlockList unwraps itself.
blocked.addSubnet('64:ff9b::a9fe:0', 112, 'ipv6');
blocked.addSubnet('::a9fe:0', 112, 'ipv6');

export function createAddressGuard(options: AddressGuardOptions = {}): AddressGuard {
  const { allow = [], resolve = systemLookup } = options;
  const allowed = new Set(allow.map(plainHost));

  function errorOf(written: string): string | undefined {
    const host = plainHost(written);
    if (allowed.has(host)) return undefined;
    if (METADATA_NAMES.has(host)) return `${host} is a metadata service, which is not allowed`;
    if (isIP(host) === 0) return undefined;
    return blocked.check(host, isIPv6(host) ? 'ipv6' : 'ipv4')
      ? `${host} is a link-local or metadata address, which is not allowed`
      : undefined;
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
      if (given.all === true) return callback(null, addresses);
      const first = addresses[0]!;
      callback(null, first.address, first.family);
    });
  };

  return { errorOf, lookup };
}

/** Without the brackets and zone of IPv6, the dot at the end of a name, and capitals. */
const plainHost = (host: string): string =>
  host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/%.*$/, '')
    .replace(/\.$/, '');
