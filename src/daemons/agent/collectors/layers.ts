// Which sampled devices and interfaces are physical, and which are layered on others (from sysfs).
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { pathOfBytes } from './proc-file.ts';

/** Names in bytes, one character a byte. */
type Layer = {
  /** What it lies on. */
  readonly lowers: readonly string[];
  /** Has a bus and a driver. */
  readonly isHardware: boolean;
  /** What it is a port of. */
  readonly master?: string | undefined;
  /** Carries what others carry, though the kernel does not say whom. */
  readonly isVirtual: boolean;
};

const VIRTUAL_INTERFACES =
  /^(?:lo|veth|tap|tun|vnet|virbr|docker|br-|cni|cali|flannel|lxc|lxdbr|wg|tailscale|zt|dummy|ifb|gre|sit|ip6tnl|vxlan|geneve|macvtap|nlmon|ppp)/;
const VIRTUAL_DEVICES = /^(?:loop|ram|zram|zd|drbd|md|dm-|bcache)/;

/** Those of `names` whose bytes are in no other one's. */
export function physicalInterfaces(classPath: string, names: readonly string[]): readonly string[] {
  const at = (name: string, file: string) => pathOfBytes(`${classPath}/`, name, file);
  const read = (name: string): Layer => ({
    lowers: [
      ...listQuietly(at(name, '')).flatMap((entry) => (entry.startsWith('lower_') ? [entry.slice(6)] : [])),
      // Before Linux 3.9 there are no lower_ entries.
      ...listQuietly(at(name, '/brif')),
      ...textQuietly(at(name, '/bonding/slaves')).split(/\s+/).filter(Boolean),
      ...vlanParent(name, names),
    ],
    isHardware: existsSync(at(name, '/device')),
    master: masterOf(at(name, '/master')),
    isVirtual:
      VIRTUAL_INTERFACES.test(name) ||
      ['/bridge', '/bonding', '/tun_flags'].some((file) => existsSync(at(name, file))),
  });
  return physicalOf(names, { read, haveDrivers: true });
}

/** Those of `names` whose bytes are in no other one's. */
export function physicalDevices(blockPath: string, names: readonly string[]): readonly string[] {
  const at = (name: string, file: string) => pathOfBytes(`${blockPath}/`, name.replaceAll('/', '!'), file);
  const known = new Set(names);
  const read = (name: string): Layer => ({
    lowers: listQuietly(at(name, '/slaves')).map((slave) => diskOf(slave.replaceAll('!', '/'), known)),
    isHardware: existsSync(at(name, '/device')),
    isVirtual: VIRTUAL_DEVICES.test(name),
  });
  // A network's disk (rbd, nbd) has none, and its bytes are in no other.
  return physicalOf(names, { read, haveDrivers: false });
}

function physicalOf(
  names: readonly string[],
  of: { readonly read: (name: string) => Layer; readonly haveDrivers: boolean },
): readonly string[] {
  const layers = new Map<string, Layer>();
  const layerOf = (name: string): Layer => {
    const layer = layers.get(name) ?? of.read(name);
    layers.set(name, layer);
    return layer;
  };
  const sampled = new Set(names);
  const isHardware = (name: string | undefined) => name !== undefined && layerOf(name).isHardware;
  /** A driver that counts for its port (hv_netvsc), where a switch's port counts for itself. */
  const countsForPorts = (name: string) =>
    isHardware(name) && layerOf(name).lowers.some((lower) => layerOf(lower).master === name);

  function liesOnSampled(name: string, seen = new Set<string>()): boolean {
    seen.add(name);
    return layerOf(name).lowers.some(
      (lower) => !seen.has(lower) && (sampled.has(lower) || liesOnSampled(lower, seen)),
    );
  }

  /** What lies on something that is not sampled stands for it. */
  function standsForHidden(name: string, seen = new Set<string>()): boolean {
    seen.add(name);
    return layerOf(name).lowers.some((lower) => {
      const { lowers, isVirtual } = layerOf(lower);
      if (isHardware(lower) || (!isVirtual && lowers.length === 0)) return true;
      return !seen.has(lower) && standsForHidden(lower, seen);
    });
  }

  const bases = names.filter((name) => {
    const { master } = layerOf(name);
    if (countsForPorts(name)) return true;
    return !liesOnSampled(name) && !(master !== undefined && sampled.has(master) && isHardware(master));
  });
  const hasHardware = bases.some(isHardware);
  const counted = bases.filter((name) => {
    const { lowers, isVirtual } = layerOf(name);
    if (isHardware(name) || (lowers.length > 0 && standsForHidden(name))) return true;
    // In a container no interface has a driver.
    return lowers.length === 0 && !isVirtual && !(hasHardware && of.haveDrivers);
  });
  return counted.length > 0 ? counted : bases;
}

/** eth0 of eth0.100, where the kernel says nothing of it. */
function vlanParent(name: string, names: readonly string[]): readonly string[] {
  const parent = /^(.+)\.\d+$/.exec(name)?.[1];
  return parent !== undefined && names.includes(parent) ? [parent] : [];
}

/** sda of sda2, nvme0n1 of nvme0n1p2. */
function diskOf(slave: string, known: ReadonlySet<string>): string {
  const match = /^(.*?)p?\d+$/.exec(slave);
  if (known.has(slave) || !match) return slave;
  return [match[1]!, slave.replace(/\d+$/, '')].find((name) => known.has(name)) ?? slave;
}

function masterOf(path: Buffer): string | undefined {
  try {
    return basename(readlinkSync(path, 'latin1'));
  } catch {
    return undefined;
  }
}

/** Nothing is known of what cannot be read. */
function listQuietly(path: Buffer): readonly string[] {
  try {
    return readdirSync(path, 'latin1');
  } catch {
    return [];
  }
}

function textQuietly(path: Buffer): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
