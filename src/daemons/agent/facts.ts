// Facts about the host, sent with the first tick, on change and hourly.
import { closeSync, openSync, readSync } from 'node:fs';
import { arch, cpus, networkInterfaces, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { type PhysicalNames, physicalFacts } from '../../domain/physical-series.ts';
import { type Facts, LIMITS } from '../../domain/tick.ts';
import { type Cgroup, createCgroup } from './collectors/cgroup.ts';
import type { HostView } from './collectors/container.ts';
import { parseCpuStat } from './collectors/cpu-times.ts';
import { parseMemory } from './collectors/memory.ts';
import { readIfThere } from './collectors/proc-file.ts';

export type FactSources = {
  readonly root: string;
  readonly hostView: HostView;
  readonly locationHint?: string | undefined;
  readonly readPhysical?: () => PhysicalNames | undefined;
};

const FACTS_EVERY_MS = 3_600_000;
/** Agents that sample every second must not read these files as often. */
const LOOK_EVERY_MS = 60_000;
/** A node of containers has thousands. */
const MOST_ADDRESSES = 16;

/** The facts if they are due at a tick: the first, one after a change, and hourly. A fact that cannot be read is absent. */
export function createFacts(sources: FactSources): (nowMs: number) => Facts | undefined {
  const lasting = lastingFacts(sources);
  const cgroup = sources.hostView.view === 'container' ? createCgroup(sources.root) : undefined;
  let sent: { text: string; atMs: number } | undefined;
  let lookedMs = Number.NEGATIVE_INFINITY;
  return (nowMs) => {
    // A clock that was set back counts as time passed.
    if (nowMs >= lookedMs && nowMs - lookedMs < LOOK_EVERY_MS) return undefined;
    lookedMs = nowMs;
    const facts = { ...lasting, ...passingFacts(sources, cgroup) };
    const text = JSON.stringify(facts);
    if (sent?.text === text && nowMs >= sent.atMs && nowMs - sent.atMs < FACTS_EVERY_MS) return undefined;
    sent = { text, atMs: nowMs };
    return facts;
  };
}

type MaybeFacts = Readonly<Record<string, string | undefined>>;

function withText(found: MaybeFacts): Facts {
  const facts: Record<string, string> = {};
  for (const [name, value] of Object.entries(found)) {
    const text = value?.replace(/[\u0000-\u001f\u007f]+/g, ' ').trim();
    if (text)
      facts[name] = Buffer.from(text)
        .subarray(0, LIMITS.factBytes)
        .toString()
        .replace(/\ufffd+$/, '');
  }
  return facts;
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** What does not change while the kernel runs. */
function lastingFacts({ root, hostView, locationHint }: FactSources): Facts {
  const cpuinfo = attempt(() => beginningOf(join(root, 'proc/cpuinfo'))) ?? '';
  const model = /^(?:model name|Processor|cpu model|cpu)\s*:\s*(.+)$/m.exec(cpuinfo)?.[1];
  return withText({
    arch: arch(),
    cpu_model: model ?? (root === '/' ? cpus()[0]?.model : undefined),
    virtualization: attempt(() => virtualizationOf(root, cpuinfo)),
    container: hostView.container,
    view: hostView.view,
    view_reason: hostView.reason,
    location_hint: locationHint,
  });
}

function passingFacts({ root, readPhysical }: FactSources, cgroup: Cgroup | undefined): Facts {
  const at = (path: string) => join(root, path);
  const meminfo = attempt(() => parseMemory(readIfThere(at('proc/meminfo')) ?? ''));
  const limit = cgroup && attempt(() => cgroup.memory()?.limitBytes);
  const total = meminfo?.totalBytes ?? (root === '/' ? totalmem() : undefined);
  const memory = total && Math.min(total, limit ?? Number.POSITIVE_INFINITY);
  const count = attempt(() => parseCpuStat(readIfThere(at('proc/stat')) ?? '').each.size);
  return withText({
    os: attempt(() => osNameOf(root)) ?? type(),
    kernel: attempt(() => readIfThere(at('proc/sys/kernel/osrelease'))) ?? release(),
    cpus: count ? String(count) : String(cpus().length),
    memory_bytes: memory === undefined ? undefined : String(memory),
    // A container's cpu.usage and mem.usage are shares of these.
    limits:
      cgroup &&
      (attempt(() => cgroup.describe({ bytes: total, cpus: count })) ||
        "none, so the machine's numbers are shown"),
    ...physicalFacts(attempt(() => readPhysical?.())),
    ...(root === '/' ? ownAddresses() : foreignAddresses(root)),
  });
}

/** /proc/cpuinfo asks every core for its frequency; the first page has all that is wanted. */
function beginningOf(path: string): string {
  const fd = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(4_096);
    return buffer.toString('utf8', 0, readSync(fd, buffer, 0, buffer.length, 0));
  } finally {
    closeSync(fd);
  }
}

function osNameOf(root: string): string | undefined {
  const text = readIfThere(join(root, 'etc/os-release')) ?? readIfThere(join(root, 'usr/lib/os-release'));
  const line = /^PRETTY_NAME=(.*)$/m.exec(text ?? '')?.[1] ?? /^NAME=(.*)$/m.exec(text ?? '')?.[1];
  return line?.replace(/^(["'])(.*)\1$/, '$2');
}

const HYPERVISORS: readonly (readonly [RegExp, string])[] = [
  [/vmware/i, 'vmware'],
  [/virtualbox|innotek/i, 'virtualbox'],
  [/microsoft.*virtual/is, 'hyperv'],
  [/xen/i, 'xen'],
  [/qemu|kvm|amazon ec2|google|openstack|digitalocean|alibaba|tencent|ovirt|bochs/i, 'kvm'],
  [/parallels/i, 'parallels'],
];

function virtualizationOf(root: string, cpuinfo: string): string | undefined {
  const dmi = ['sys_vendor', 'product_name'].map((name) =>
    attempt(() => readIfThere(join(root, 'sys/class/dmi/id', name))),
  );
  const named = HYPERVISORS.find(([pattern]) => pattern.test(dmi.join(' ')))?.[1];
  if (named) return named;
  if (attempt(() => readIfThere(join(root, 'sys/hypervisor/type'))) === 'xen') return 'xen';
  if (/^flags\s*:.*\bhypervisor\b/m.test(cpuinfo)) return 'vm';
  // Only x86 says it among the flags; elsewhere nothing is known.
  return /^flags\s*:/m.test(cpuinfo) ? 'none' : undefined;
}

/** The address of the interface that the default route leaves by comes first. */
function ownAddresses(): MaybeFacts {
  const routes = attempt(() => readIfThere('/proc/net/route')) ?? '';
  const leaving = /^(\S+)\s+00000000\s/m.exec(routes)?.[1];
  const all = Object.entries(networkInterfaces()).flatMap(([name, list]) =>
    (list ?? [])
      .filter((one) => !one.internal && !one.address.startsWith('fe80:'))
      .map((one) => ({ name, ipv4: one.family === 'IPv4', address: one.address })),
  );
  const ipv4 = all.filter((one) => one.ipv4);
  return {
    address: (ipv4.find((one) => one.name === leaving) ?? ipv4[0])?.address,
    addresses: all
      .slice(0, MOST_ADDRESSES)
      .map((one) => one.address)
      .join(', '),
  };
}

/** Below a prefix the process's own interfaces are a container's; the kernel's routing table of pid 1 names the host's. */
function foreignAddresses(root: string): MaybeFacts {
  const found = parseLocalAddresses(attempt(() => readIfThere(join(root, 'proc/1/net/fib_trie'))) ?? '');
  return { address: found[0], addresses: found.slice(0, MOST_ADDRESSES).join(', ') };
}

/** IPv4 addresses that /proc/net/fib_trie has as the host's own, without loopback. */
export function parseLocalAddresses(fibTrie: string): readonly string[] {
  const found = new Set<string>();
  let address = '';
  for (const line of fibTrie.split('\n')) {
    address = /\|-- (\d+\.\d+\.\d+\.\d+)$/.exec(line)?.[1] ?? address;
    if (line.includes('/32 host LOCAL') && !address.startsWith('127.')) found.add(address);
  }
  return [...found];
}
