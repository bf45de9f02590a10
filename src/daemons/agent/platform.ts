// Picks how this host is read: /proc and statfs on Linux, systeminformation elsewhere.
import type { HostReaders } from './collectors/collector.ts';
import { viewOf } from './collectors/container.ts';
import { createLinuxReaders } from './collectors/linux.ts';
import type { AgentOptions } from './options.ts';

type ReaderOptions = Pick<
  AgentOptions,
  'root' | 'view' | 'interval' | 'mounts' | 'devices' | 'interfaces' | 'fsTypes'
>;

const LONGEST_STATFS_MS = 2_000;

export async function openReaders(
  options: ReaderOptions,
  platform: NodeJS.Platform = process.platform,
): Promise<HostReaders> {
  // Another root is a Linux tree, wherever it is read.
  if (platform !== 'linux' && options.root === '/') {
    const { createPortableReaders } = await import('./collectors/portable.ts');
    return createPortableReaders(options);
  }
  const { root, interval, mounts, devices, interfaces, fsTypes } = options;
  return createLinuxReaders({
    root,
    view: viewOf(options).view,
    filters: { mounts, devices, interfaces, fsTypes },
    statfsBoundMs: Math.min(LONGEST_STATFS_MS, interval / 4),
  });
}
