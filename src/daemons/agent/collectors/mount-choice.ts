// Which of the mounts are disks that are sampled, under which label, and which of them may hang.
import { statSync } from 'node:fs';
import { IMAGE_TYPES } from '../../../domain/file-systems.ts';
import { type Filter, labelsOfBytes, labelValue, textOfBytes } from './filters.ts';
import {
  behindRoot,
  chooseMounts,
  createVisibility,
  isWithin,
  type Mount,
  parseMountinfo,
  parseMounts,
} from './mounts.ts';

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
  'rootfs',
  'tmpfs',
  'vfat',
  'xfs',
]);
/** Types with a server or a daemon behind them: who walks a path through one waits for it. */
const SERVED = /^(?:nfs|cifs|smb|fuse|9p|virtiofs|afs|ceph|gluster|lustre|ncp|coda|orangefs|vboxsf)/;

export type MountList = { readonly text: string; readonly form: 'mountinfo' | 'mounts' };

export type MountChoiceParts = {
  /** Below it the mounts' own paths are found; `/` without a prefix. */
  readonly root: string;
  readonly mounts: Filter;
  readonly fsTypes: Filter;
  /** In a container the layers of `/` lie where its own mounts do not lead. */
  readonly inContainer: boolean;
};

export type ChosenMount = Mount & { readonly label: string; readonly mayHang: boolean };

export type MountChoice = {
  readonly text: string;
  readonly chosen: readonly ChosenMount[];
  readonly omitted: readonly (readonly [what: string, why: string])[];
};

/** In bytes, since a path need not be UTF-8. */
export const pathBelow = (root: string, mount: Pick<Mount, 'path'>): Buffer =>
  Buffer.concat([Buffer.from(root === '/' ? '' : root), Buffer.from(mount.path, 'latin1')]);

const nameOf = (mount: Mount): string => labelValue(textOfBytes(mount.path));

/** The choice is made again when the list has changed. Throws for a list without mounts. */
export function createMountChoice(parts: MountChoiceParts): (list: MountList) => MountChoice {
  let last: MountChoice | undefined;

  function isFile(mount: Mount, mayHang: boolean): boolean {
    if (mayHang) return false;
    return statSync(pathBelow(parts.root, mount), { throwIfNoEntry: false })?.isFile() ?? false;
  }

  /** Whatever `/` is made of, it is what fills up, unless it cannot be written at all. */
  const isRoot = (mount: Mount): boolean =>
    mount.path === '/' && !(IMAGE_TYPES as readonly string[]).includes(mount.fsType);

  /** The pattern and its kind that leave a mount out. */
  function excludedBy(mount: Mount): string | undefined {
    // statfs on one would mount its target, so no setting includes it.
    const type = mount.fsType === 'autofs' ? 'autofs' : parts.fsTypes.excludedBy(mount.fsType);
    if (type !== undefined && !isRoot(mount)) return `file systems of type ${type}`;
    const name = parts.mounts.excludedBy(nameOf(mount));
    return name === undefined ? undefined : `mounts ${name}`;
  }

  return (list) => {
    if (last?.text === list.text) return last;
    const omitted: [string, string][] = [];
    const { mounts, odd } =
      list.form === 'mountinfo' ? parseMountinfo(list.text) : { mounts: parseMounts(list.text), odd: 0 };
    if (mounts.length === 0) throw new Error('the list of mounts is empty or cut short');
    if (odd > 0) omitted.push([`${odd} lines of the list of mounts`, 'they are not understood']);
    const isVisible = createVisibility(mounts);
    const all = behindRoot(mounts, Buffer.from(parts.root).toString('latin1'));
    const wanted = all.filter((mount) => {
      const what = excludedBy(mount);
      if (what !== undefined) omitted.push([what, 'excluded by the filter']);
      return what === undefined;
    });
    const byId = new Map(mounts.map((mount) => [mount.id, mount]));
    const visible = wanted.filter((mount) => {
      if (isVisible(byId.get(mount.id)!)) return true;
      omitted.push([`mount ${nameOf(mount)} (${mount.fsType})`, 'another mount lies above it']);
      return false;
    });
    const served = all.filter((mount) => SERVED.test(mount.fsType) && mount.path !== '/');
    const mayHang = (mount: Mount) =>
      !ANSWER_AT_ONCE.has(mount.fsType) ||
      served.some((other) => other.path !== mount.path && isWithin(mount.path, other.path));
    const upper = parts.inContainer ? undefined : upperOfRoot(visible);
    const chosen = chooseMounts(visible, (mount) => isFile(mount, mayHang(mount))).filter(
      (mount) => mount.device !== upper?.device,
    );
    if (chosen.length < visible.length) {
      omitted.push([
        'further mounts of a device',
        'each device is sampled once; bind-mounted files are not disks',
      ]);
    }
    const labels = labelsOfBytes(chosen.map((mount) => mount.path));
    last = {
      text: list.text,
      chosen: chosen.map((mount) => ({
        ...mount,
        label: labels.get(mount.path)!,
        mayHang: mayHang(mount),
      })),
      omitted,
    };
    return last;
  };
}

/** What an overlay on `/` writes to says the same of the same disk. */
function upperOfRoot(mounts: readonly Mount[]): Mount | undefined {
  const upperDir = mounts.find((mount) => mount.path === '/')?.upperDir;
  if (upperDir === undefined) return undefined;
  return mounts
    .filter((mount) => mount.path !== '/' && isWithin(upperDir, mount.path))
    .sort((a, b) => b.path.length - a.path.length)[0];
}
