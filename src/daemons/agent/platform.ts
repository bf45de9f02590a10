// Picks how this host is read: /proc and statfs on Linux, systeminformation elsewhere, and its own metrics on both.

import { systemClock } from '../../runtime/clock.ts';
import type { Collector, HostReaders } from './collectors/collector.ts';
import { viewOf } from './collectors/container.ts';
import { longestStatfsMs } from './collectors/disk-space.ts';
import { createLinuxReaders } from './collectors/linux.ts';
import type { AgentOptions } from './options.ts';
import { createCommandsCollector } from './own-metrics/commands.ts';
import { createTextfileCollector } from './own-metrics/textfile.ts';

type ReaderOptions = Pick<
  AgentOptions,
  | 'root'
  | 'view'
  | 'interval'
  | 'mounts'
  | 'devices'
  | 'interfaces'
  | 'fsTypes'
  | 'sensors'
  | 'textfileDir'
  | 'textfileMaxAge'
  | 'commands'
>;

const LONGEST_WAIT_MS = 1_000;

export async function openReaders(
  options: ReaderOptions,
  platform: NodeJS.Platform = process.platform,
): Promise<HostReaders> {
  const readers = await openSystemReaders(options, platform);
  // Last: over the limit of a tick what everybody asks for goes first.
  return { ...readers, collectors: [...readers.collectors, ...ownCollectors(options)] };
}

async function openSystemReaders(options: ReaderOptions, platform: NodeJS.Platform): Promise<HostReaders> {
  // Another root is a Linux tree, wherever it is read.
  if (platform !== 'linux' && options.root === '/') {
    const { createPortableReaders } = await import('./collectors/portable.ts');
    return createPortableReaders(options);
  }
  const { root, interval, mounts, devices, interfaces, fsTypes, sensors } = options;
  return createLinuxReaders({
    root,
    view: viewOf(options).view,
    filters: { mounts, devices, interfaces, fsTypes, sensors },
    statfsBoundMs: longestStatfsMs(interval),
  });
}

function ownCollectors(options: ReaderOptions): Collector[] {
  const { textfileDir: directory, textfileMaxAge: maxAgeMs, commands, interval } = options;
  const collectors: Collector[] = [];
  if (directory !== undefined) {
    collectors.push(createTextfileCollector({ directory, maxAgeMs, nowMs: systemClock.nowMs }));
  }
  if (commands.length > 0) {
    const own = commands.map(({ name, command, timeout, interval: every = interval }) => ({
      ...{ name, command },
      ...{ timeoutMs: timeout, intervalMs: every },
    }));
    const waitMs = Math.min(LONGEST_WAIT_MS, interval / 4);
    collectors.push(createCommandsCollector({ commands: own, waitMs, monotonicMs: systemClock.monotonicMs }));
  }
  return collectors;
}
