// The likely location of an unassigned host: the agent's hint, else that of the assigned hosts which it resembles.
import type { UnmanagedHost } from '../../api/manage.ts';
import { idError } from '../../domain/names.ts';
import type { Facts } from '../../domain/tick.ts';

export type Suggestion = NonNullable<UnmanagedHost['suggestion']>;

export type Resident = { readonly hostId: string; readonly location: string; readonly facts: Facts };

/** How many assigned hosts with one trait each location has, and one of them to name. */
type Trait = Map<string, { hosts: number; example: string }>;

export function createSuggestions(
  residents: Iterable<Resident>,
): (host: { readonly hostId: string; readonly facts: Facts }) => Suggestion | undefined {
  const bySubnet = new Map<string, Trait>();
  const byPrefix = new Map<string, Trait>();
  for (const { hostId, location, facts } of residents) {
    for (const subnet of subnetsOf(facts)) count(bySubnet, subnet, { hostId, location });
    for (const prefix of prefixesOf(hostId)) count(byPrefix, prefix, { hostId, location });
  }

  return ({ hostId, facts }) => {
    const hint = facts['location_hint'];
    if (hint !== undefined && idError(hint) === undefined) return { location: hint, why: "agent's hint" };
    for (const subnet of subnetsOf(facts)) {
      const found = majority(bySubnet.get(subnet));
      if (found) return { location: found.location, why: `same subnet as ${found.example} (${subnet})` };
    }
    // The longest prefix that any assigned host shares decides: shorter ones say less.
    const trait = prefixesOf(hostId)
      .map((prefix) => byPrefix.get(prefix))
      .find((known) => known !== undefined);
    const found = majority(trait);
    return found && { location: found.location, why: `named like ${found.example}` };
  };
}

function count(
  traits: Map<string, Trait>,
  key: string,
  one: { readonly hostId: string; readonly location: string },
) {
  let trait = traits.get(key);
  if (!trait) traits.set(key, (trait = new Map()));
  const counted = trait.get(one.location);
  if (counted) counted.hosts++;
  else trait.set(one.location, { hosts: 1, example: one.hostId });
}

/** The location of more than half of the hosts with the trait: less would be wrong as often as right. */
function majority(trait: Trait | undefined): { location: string; example: string } | undefined {
  if (!trait) return undefined;
  let total = 0;
  for (const { hosts } of trait.values()) total += hosts;
  for (const [location, { hosts, example }] of trait) {
    if (hosts * 2 > total) return { location, example };
  }
  return undefined;
}

/** `10.1.2.0/24` of each IPv4 address, the /64 of each IPv6 address; loopback and link-local say nothing of a location. */
export function subnetsOf(facts: Facts): string[] {
  const subnets: string[] = [];
  for (const word of (facts['address'] ?? '').split(/[\s,;]+/)) {
    const address = word.replace(/[/%].*$/, '').toLowerCase();
    const octets = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.\d{1,3}$/.exec(address);
    if (octets) {
      if (octets[1] !== '127' && !address.startsWith('169.254.')) {
        subnets.push(`${octets[1]}.${octets[2]}.${octets[3]}.0/24`);
      }
    } else if (address.includes(':') && address !== '::1' && !address.startsWith('fe80:')) {
      const network = firstHalf(address);
      if (network) subnets.push(`${network}::/64`);
    }
  }
  return subnets;
}

/** The first four groups of an IPv6 address, `::` written out. */
function firstHalf(address: string): string | undefined {
  const [left = '', right] = address.split('::');
  const head = left === '' ? [] : left.split(':');
  const tail = right ? right.split(':') : [];
  if (right === undefined && head.length !== 8) return undefined;
  const zeros = Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => '0');
  return [...head, ...zeros, ...tail]
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}

/** What stands before each run of digits, longest first: `rack3-web-17` gives `rack3-web-` and `rack`. */
export function prefixesOf(hostId: string): string[] {
  const cuts = [...hostId.matchAll(/\d+/g)].map((run) => run.index);
  return (
    cuts
      .reverse()
      .map((cut) => hostId.slice(0, cut))
      // A single letter before a number is no pattern: n1, n2 may be anywhere.
      .filter((prefix) => /\p{L}.*\p{L}/su.test(prefix))
  );
}
