// A host made of files: proc, sys and etc below a folder of its own, read by the real collectors a minute apart.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Collected, type Collection, createCollection } from '../../src/daemons/agent/collection.ts';
import type { Omission } from '../../src/daemons/agent/collectors/collector.ts';
import { agentOptions } from '../../src/daemons/agent/options.ts';
import { openReaders } from '../../src/daemons/agent/platform.ts';

export type Files = Readonly<Record<string, string | Buffer>>;

const NET_HEAD = 'Inter-|   Receive  |  Transmit\n face |bytes packets errs |bytes packets errs\n';

/** Lines of /proc/net/dev under its two lines of heading. */
export const netDev = (...lines: readonly string[]): string => `${NET_HEAD}${lines.join('\n')}\n`;
/** A line of it: the sixteen columns are made from those that matter. */
export const netLine = (name: string, received: number | string, sent: number | string): string =>
  `${name}${received} 10 0 0 0 0 0 0 ${sent} 10 0 0 0 0 0 0`;

export const QUIET_HOST: Files = {
  'proc/stat':
    'cpu  1000 0 500 8000 100 0 0 0 0 0\ncpu0 500 0 250 4000 50 0 0 0 0 0\ncpu1 500 0 250 4000 50 0 0 0 0 0\nprocs_blocked 3\n',
  'proc/meminfo':
    'MemTotal: 1000000 kB\nMemFree: 200000 kB\nMemAvailable: 600000 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n',
  'proc/loadavg': '0.25 0.50 0.75 2/300 4711\n',
  'proc/uptime': '86400.50 100000.00\n',
  'proc/diskstats': '   8       0 sda 10 0 1000 0 10 0 2000 0 0 300 0\n',
  'proc/net/dev': netDev(netLine('  eth0: ', 5_000, 7_000)),
  'proc/1/mountinfo': '20 1 8:1 / / rw - ext4 /dev/sda1 rw\n',
  'proc/sys/kernel/random/boot_id': '11111111-0000-4000-8000-000000000001\n',
  'sys/block/sda/size': '1000\n',
  'sys/class/net/eth0/ifindex': '2\n',
  'etc/hostname': 'oak-1\n',
  'etc/machine-id': '00112233445566778899aabbccddeeff\n',
};

export type Seen = Collected & {
  value(metric: string, label?: string): number | undefined;
  /** Label values that a metric has samples of, sorted. */
  labels(metric: string): readonly string[];
  isLeftOut(pattern: RegExp): boolean;
  hasFailed(pattern: RegExp): boolean;
};

export type HostReading = {
  /** A round, `afterMs` after the one before. */
  take(afterMs?: number): Promise<Seen>;
  physical: Collection['physical'];
};

export type RootTree = {
  readonly dir: string;
  /** Rewrites files in place, as the kernel does. */
  write(files: Files): void;
  remove(...paths: readonly string[]): void;
  read(options?: object): Promise<HostReading>;
  path(...parts: readonly string[]): string;
};

export type Ending = { after(end: () => void): void };

/** `files` over a quiet host's. Gone when the test ends. */
export function createRootTree(test: Ending, files: Files = {}): RootTree {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'minimon-root-')));
  test.after(() => rmSync(dir, { recursive: true, force: true }));
  const tree: RootTree = {
    dir,
    write(changed) {
      for (const [path, content] of Object.entries(changed)) {
        mkdirSync(dirname(join(dir, path)), { recursive: true });
        writeFileSync(join(dir, path), content);
      }
    },
    remove(...paths) {
      for (const path of paths) rmSync(join(dir, path), { recursive: true });
    },
    async read(options = {}) {
      let nowMs = 0;
      const collection = createCollection({
        readers: await openReaders(agentOptions.parse({ root: dir, ...options })),
        monotonicMs: () => nowMs,
        boundMs: 5_000,
      });
      test.after(() => collection.close());
      return {
        physical: collection.physical,
        async take(afterMs = 60_000) {
          nowMs += afterMs;
          return seenOf(await collection.take());
        },
      };
    },
    path: (...parts) => join(dir, ...parts),
  };
  tree.write({ ...QUIET_HOST, ...files });
  return tree;
}

function seenOf(collected: Collected): Seen {
  const labelOf = (labels: object): string | undefined => Object.values(labels)[0];
  const some = (list: readonly Omission[], pattern: RegExp) =>
    list.some(({ what, why }) => pattern.test(`${what}: ${why}`));
  return {
    ...collected,
    value: (metric, label) =>
      collected.samples.find((one) => one.metric === metric && labelOf(one.labels) === label)?.value,
    labels: (metric) =>
      collected.samples.flatMap((one) => (one.metric === metric ? (labelOf(one.labels) ?? []) : [])).sort(),
    isLeftOut: (pattern) => some(collected.omitted, pattern),
    hasFailed: (pattern) => some(collected.failed, pattern),
  };
}
