// disk.usage, disk.free and disk.inodes by statfs, per mount; a hanging file system does not block the others.
import { statfsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { messageOf } from '../../../domain/errors.ts';
import { withTimeout } from '../../../runtime/timeout.ts';
import type { Collector, Round } from './collector.ts';
import { percent } from './counters.ts';
import {
  type ChosenMount,
  createMountChoice,
  type MountChoice,
  type MountChoiceParts,
  type MountList,
  pathBelow,
} from './mount-choice.ts';
import type { Mount } from './mounts.ts';
import type { NamespaceFile } from './namespace-files.ts';
import { createStatfsProcess, type FsStat, type StatfsProcess } from './statfs-process.ts';

export type Space = {
  readonly usage: number | undefined;
  readonly freeBytes: number | undefined;
  readonly inodes: number | undefined;
};

/** As df: used of what ordinary users can write, so that reserved blocks do not hide a full disk. */
export function spaceOf(fs: FsStat): Space {
  const used = fs.blocks - fs.bfree;
  // Some file systems count below zero once root has used what was reserved.
  const available = fs.bavail < 1n << 63n ? fs.bavail : 0n;
  const writable = used + available;
  // More that is free than there is says nothing.
  const hasSpace = fs.blocks > 0n && used >= 0n && writable > 0n;
  return {
    usage: hasSpace ? percent(Number(used), Number(writable)) : undefined,
    freeBytes: hasSpace ? Number(available * (fs.frsize || fs.bsize)) : undefined,
    // btrfs, vfat and others have no inodes to run out of (0); ceph says that more are free than there are.
    inodes:
      fs.files > 0n && fs.ffree <= fs.files
        ? percent(Number(fs.files - fs.ffree), Number(fs.files))
        : undefined,
  };
}

/** A statfs that hangs keeps one of Node's four pool threads; two are left for everything else. */
const MOST_HANGING = 2;

/** What is mounted in the place of one that hangs is another. */
const keyOf = ({ id, parent, path }: Mount): string => (parent === -1 ? path : `${id} ${path}`);

/** How long one mount is waited for: a tick must not be late for it. */
export const longestStatfsMs = (intervalMs: number): number => Math.min(2_000, intervalMs / 4);

function addSpace(round: Round, mount: ChosenMount, stat: FsStat) {
  const labels = { mount: mount.label };
  const { usage, freeBytes, inodes } = spaceOf(stat);
  if (usage !== undefined) round.add('disk.usage', usage, labels);
  if (freeBytes !== undefined) round.add('disk.free', freeBytes, labels);
  if (inodes !== undefined) round.add('disk.inodes', inodes, labels);
  if (usage === undefined)
    round.omit(`mount ${labels.mount}`, 'its file system reports no blocks, or more free than total');
  if (inodes === undefined)
    round.omit(`disk.inodes of ${labels.mount}`, 'its file system does not count inodes');
}

const failed = (round: Round, mount: ChosenMount, error: unknown) =>
  round.fail(
    `mount ${mount.label}`,
    `statfs failed: ${(error as { code?: string }).code ?? messageOf(error)}`,
  );
const hangs = (round: Round, mount: ChosenMount) =>
  round.fail(`mount ${mount.label}`, 'statfs hangs; it is not called again until it returns');

export type DiskSpaceParts = MountChoiceParts & {
  readonly mountSource: NamespaceFile<MountList>;
  readonly boundMs: number;
  /** For tests: a statfs that hangs, here and in the process of its own. */
  readonly ask?: (path: Buffer) => Promise<FsStat>;
  readonly apart?: StatfsProcess;
};

export function createDiskSpaceCollector(parts: DiskSpaceParts): Collector {
  const ask = parts.ask ?? ((path: Buffer) => statfs(path, { bigint: true }));
  const apart = parts.apart ?? createStatfsProcess();
  const hangingHere = new Set<string>();
  const hangingApart = new Set<string>();
  let answered = new Set<string>();
  let choice: MountChoice | undefined;
  const choose = createMountChoice(parts);
  const pathOf = (mount: Mount): Buffer => pathBelow(parts.root, mount);

  /** A mount that times out stays in `hanging` until its statfs returns. */
  async function askBounded(
    round: Round,
    mount: ChosenMount,
    by: { readonly ask: (path: Buffer) => Promise<FsStat>; readonly hanging: Set<string> },
  ): Promise<void> {
    const key = keyOf(mount);
    by.hanging.add(key);
    const answer = by.ask(pathOf(mount)).finally(() => by.hanging.delete(key));
    try {
      const stat = await withTimeout(parts.boundMs, answer);
      if (!stat) return hangs(round, mount);
      addSpace(round, mount, stat);
      answered.add(key);
    } catch (error) {
      failed(round, mount, error);
    }
  }

  /**
   * Those that answered last time come first, one after the other, and while too many hang here the rest is asked by a
   * process of its own: whatever hangs, a healthy file system keeps its samples.
   */
  async function askSlow(round: Round, slow: readonly ChosenMount[]): Promise<void> {
    const last = answered;
    answered = new Set();
    const waiting = slow
      .filter((mount) => {
        const isHanging = hangingHere.has(keyOf(mount)) || hangingApart.has(keyOf(mount));
        if (isHanging) hangs(round, mount);
        return !isHanging;
      })
      .sort((a, b) => Number(last.has(keyOf(b))) - Number(last.has(keyOf(a))));
    while (waiting.length > 0 && hangingHere.size < MOST_HANGING) {
      await askBounded(round, waiting.shift()!, { ask, hanging: hangingHere });
      // It takes a moment to start.
      if (hangingHere.size > 0 && waiting.length > 0) apart.start();
    }
    await Promise.all(
      waiting.map((mount) => {
        if (last.has(keyOf(mount)) || hangingApart.size < apart.mostWaiting)
          return askBounded(round, mount, { ask: apart.ask, hanging: hangingApart });
        round.fail(`mount ${mount.label}`, 'skipped: statfs hangs on too many other mounts');
        return undefined;
      }),
    );
    if (hangingHere.size === 0 && hangingApart.size === 0) apart.close();
  }

  /** A list that cannot be read for now leaves the last choice in force. */
  function chooseNow(round: Round): MountChoice {
    try {
      const { list, note } = parts.mountSource.read();
      if (note) round.omit(...note);
      choice = choose(list);
    } catch (error) {
      if (!choice) throw error;
      round.fail('the list of mounts', `the last one is used: ${messageOf(error)}`);
    }
    return choice;
  }

  return {
    name: 'disk space',
    async collect(round) {
      const { chosen, omitted } = chooseNow(round);
      for (const [what, why] of omitted) round.omit(what, why);
      for (const mount of chosen) {
        if (mount.mayHang) continue;
        try {
          addSpace(round, mount, statfsSync(pathOf(mount), { bigint: true }));
        } catch (error) {
          failed(round, mount, error);
        }
      }
      await askSlow(
        round,
        chosen.filter((mount) => mount.mayHang),
      );
    },
    forget() {},
    close() {
      apart.close();
      parts.mountSource.close();
    },
  };
}
