// disk.usage, disk.free and disk.inodes by statfs, by mount; a file system that does not answer holds up no other.
import { statfsSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { withTimeout } from '../../../runtime/timeout.ts';
import type { Collector, Round } from './collector.ts';
import { percent } from './counters.ts';
import type { Filter } from './filters.ts';
import { labelValue } from './filters.ts';
import {
  behindRoot,
  chooseMounts,
  createVisibility,
  type Mount,
  parseMountinfo,
  parseMounts,
} from './mounts.ts';

/** What statfs says; counts of blocks and files. `frsize` is what blocks are counted in. */
export type FsStat = {
  readonly bsize: bigint;
  readonly frsize?: bigint;
  readonly blocks: bigint;
  readonly bfree: bigint;
  readonly bavail: bigint;
  readonly files: bigint;
  readonly ffree: bigint;
};

export type Space = {
  readonly usage: number | undefined;
  readonly freeBytes: number | undefined;
  readonly inodes: number | undefined;
};

/** As df: used of what ordinary users can write, so that reserved blocks do not hide a full disk. */
export function spaceOf(fs: FsStat): Space {
  const used = fs.blocks > fs.bfree ? fs.blocks - fs.bfree : 0n;
  // Some file systems count below zero once root has used what was reserved.
  const available = fs.bavail < 1n << 63n ? fs.bavail : 0n;
  const writable = used + available;
  const hasSpace = fs.blocks > 0n && writable > 0n;
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

/** These answer from memory. All others may wait for a network, a daemon or a suspended pool. */
const ANSWER_AT_ONCE = new Set([
  'bcachefs',
  'btrfs',
  'exfat',
  'ext2',
  'ext3',
  'ext4',
  'f2fs',
  'jfs',
  'msdos',
  'ntfs3',
  'ramfs',
  'reiserfs',
  'tmpfs',
  'vfat',
  'xfs',
]);
/** A hanging statfs keeps one of Node's four pool threads; two are left for everything else. */
const MOST_HANGING = 2;

export type MountList = { readonly text: string; readonly form: 'mountinfo' | 'mounts' };

export type DiskSpaceParts = {
  /** Below it the mounts' own paths are found; `/` without a prefix. */
  readonly root: string;
  readonly readMounts: () => MountList;
  readonly mounts: Filter;
  readonly fsTypes: Filter;
  /** In a container `/` is an overlay, and the only disk that fills up. */
  readonly overlayRoot: boolean;
  readonly boundMs: number;
  /** For tests: a statfs that hangs. */
  readonly ask?: (path: Buffer) => Promise<FsStat>;
};

export function createDiskSpaceCollector(parts: DiskSpaceParts): Collector {
  const ask = parts.ask ?? ((path: Buffer) => statfs(path, { bigint: true }));
  const hanging = new Set<string>();
  const choose = createMountChoice(parts);
  const pathOf = (mount: Mount): Buffer => pathBelow(parts.root, mount);

  function add(round: Round, answer: { mount: Mount; stat: FsStat }) {
    const labels = { mount: nameOf(answer.mount) };
    const { usage, freeBytes, inodes } = spaceOf(answer.stat);
    if (usage !== undefined) round.add('disk.usage', usage, labels);
    if (freeBytes !== undefined) round.add('disk.free', freeBytes, labels);
    if (inodes !== undefined) round.add('disk.inodes', inodes, labels);
    if (usage === undefined) round.omit(`mount ${labels.mount}`, 'its file system has no blocks');
    if (inodes === undefined)
      round.omit(`disk.inodes of ${labels.mount}`, 'its file system does not count inodes');
  }

  const failed = (round: Round, failure: { mount: Mount; error: unknown }) =>
    round.omit(
      `mount ${nameOf(failure.mount)}`,
      `statfs failed: ${(failure.error as { code?: string }).code ?? String(failure.error)}`,
    );

  async function askBounded(round: Round, mount: Mount): Promise<void> {
    const name = nameOf(mount);
    if (hanging.has(name))
      return round.omit(`mount ${name}`, 'statfs hangs; it is not asked again meanwhile');
    if (hanging.size >= MOST_HANGING) return round.omit(`mount ${name}`, 'not asked: statfs hangs on others');
    hanging.add(name);
    const answer = ask(pathOf(mount)).finally(() => hanging.delete(name));
    try {
      const stat = await withTimeout(parts.boundMs, answer);
      if (stat) add(round, { mount, stat });
      else round.omit(`mount ${name}`, 'statfs hangs; it is not asked again meanwhile');
    } catch (error) {
      failed(round, { mount, error });
    }
  }

  return {
    name: 'disk space',
    async collect(round) {
      const { chosen, omitted } = choose(parts.readMounts());
      for (const [what, why] of omitted) round.omit(what, why);
      const slow: Mount[] = [];
      for (const mount of chosen) {
        if (!ANSWER_AT_ONCE.has(mount.fsType)) {
          slow.push(mount);
          continue;
        }
        try {
          add(round, { mount, stat: statfsSync(pathOf(mount), { bigint: true }) });
        } catch (error) {
          failed(round, { mount, error });
        }
      }
      for (const mount of slow) await askBounded(round, mount);
    },
    forget() {},
    close() {},
  };
}

const nameOf = (mount: Mount): string => labelValue(Buffer.from(mount.path, 'latin1').toString());

const pathBelow = (root: string, mount: Mount): Buffer =>
  Buffer.concat([Buffer.from(root === '/' ? '' : root), Buffer.from(mount.path, 'latin1')]);

type Choice = {
  readonly text: string;
  readonly chosen: readonly Mount[];
  readonly omitted: readonly (readonly [what: string, why: string])[];
};

/** Which of the mounts are sampled, decided again when their list has changed. */
function createMountChoice(parts: DiskSpaceParts): (list: MountList) => Choice {
  let last: Choice | undefined;

  function isFile(mount: Mount): boolean {
    if (!ANSWER_AT_ONCE.has(mount.fsType)) return false;
    return statSync(pathBelow(parts.root, mount), { throwIfNoEntry: false })?.isFile() ?? false;
  }

  return (list) => {
    if (last?.text === list.text) return last;
    const omitted: [string, string][] = [];
    const { mounts, odd } =
      list.form === 'mountinfo' ? parseMountinfo(list.text) : { mounts: parseMounts(list.text), odd: 0 };
    if (mounts.length === 0) throw new Error('the list of mounts is empty or cut short');
    if (odd > 0) omitted.push([`${odd} lines of the list of mounts`, 'they are not understood']);
    const isVisible = createVisibility(mounts);
    const wanted = behindRoot(mounts, Buffer.from(parts.root).toString('latin1')).filter((mount) => {
      const overlayRoot = parts.overlayRoot && mount.path === '/' && mount.fsType === 'overlay';
      const byType = overlayRoot ? undefined : parts.fsTypes.excludedBy(mount.fsType);
      // statfs on one would mount its target, so no setting includes it.
      const type = mount.fsType === 'autofs' ? 'autofs' : byType;
      if (type !== undefined) {
        omitted.push([`file systems of type ${type}`, 'excluded by the filter']);
        return false;
      }
      const byName = parts.mounts.excludedBy(nameOf(mount));
      if (byName !== undefined) omitted.push([`mounts ${byName}`, 'excluded by the filter']);
      return byName === undefined;
    });
    const visible = wanted.filter((mount) => {
      const original = mounts.find((one) => one.id === mount.id)!;
      if (isVisible(original)) return true;
      omitted.push([`mount ${nameOf(mount)} (${mount.fsType})`, 'another mount lies above it']);
      return false;
    });
    const chosen = chooseMounts(visible, isFile);
    if (chosen.length < visible.length) {
      omitted.push([
        'further mounts of a device',
        'the device is sampled once, and files bound in are no disks',
      ]);
    }
    last = { text: list.text, chosen, omitted };
    return last;
  };
}
