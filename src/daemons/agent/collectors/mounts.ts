// Which mounts are disks: parses the kernel's list, drops hidden mounts, and takes each device once.
import { compareBytes } from '../../../domain/names.ts';

/** Paths are the kernel's bytes, one character a byte (latin1): a path need not be UTF-8, and statfs needs it exact. */
export type Mount = {
  readonly id: number;
  readonly parent: number;
  /** major:minor, or the source where the kernel says no number. Equal devices hold the same data. */
  readonly device: string;
  /** The directory of the file system that is mounted; `/` unless it is a bind or a subvolume. */
  readonly rootDir: string;
  readonly path: string;
  readonly fsType: string;
  /** Of an overlay: the directory that is written to, by its path where the overlay was mounted. */
  readonly upperDir?: string | undefined;
};

const decodeOctal = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** /proc/PID/mountinfo. Lines that do not parse are counted. */
export function parseMountinfo(text: string): { mounts: readonly Mount[]; odd: number } {
  const mounts: Mount[] = [];
  let odd = 0;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const fields = line.split(' ');
    // Any number of optional fields ends with a lone dash.
    const dash = fields.indexOf('-', 6);
    const [id, parent, device, rootDir, path] = fields;
    const fsType = fields[dash + 1];
    if (dash < 0 || !/^\d+$/.test(id!) || !path?.startsWith('/') || !fsType) {
      odd += 1;
      continue;
    }
    mounts.push({
      id: Number(id),
      parent: Number(parent),
      device: device!,
      rootDir: decodeOctal(rootDir!),
      path: decodeOctal(path),
      fsType,
      ...(fsType === 'overlay' && { upperDir: upperDirOf(fields[dash + 3]) }),
    });
  }
  return { mounts, odd };
}

function upperDirOf(options: string | undefined): string | undefined {
  const found = options?.split(',').find((option) => option.startsWith('upperdir='));
  return found && decodeOctal(found.slice('upperdir='.length));
}

/** /proc/mounts, all that kernels before 2.6.26 have: later lines lie above earlier ones. */
export function parseMounts(text: string): readonly Mount[] {
  return text.split('\n').flatMap((line, id) => {
    const [source = '', path, fsType] = line.split(' ');
    if (!path?.startsWith('/') || !fsType) return [];
    const device = source.startsWith('/') ? decodeOctal(source) : `${source} on ${path}`;
    return { id, parent: -1, device, rootDir: '/', path: decodeOctal(path), fsType };
  });
}

export const isWithin = (path: string, base: string): boolean =>
  base === '/' || path === base || path.startsWith(`${base}/`);

/** Says of a mount whether its path leads to it, or to another mount above it. */
export function createVisibility(mounts: readonly Mount[]): (mount: Mount) => boolean {
  if (mounts.every((mount) => mount.parent === -1)) {
    return (mount) =>
      !mounts.some(
        (later) =>
          later.id > mount.id &&
          (later.path === mount.path || (later.path !== '/' && isWithin(mount.path, later.path))),
      );
  }
  const ids = new Set(mounts.map((mount) => mount.id));
  const root = mounts.find(
    (mount) => mount.path === '/' && (!ids.has(mount.parent) || mount.parent === mount.id),
  );
  const children = new Map<number, Mount[]>();
  for (const mount of mounts) {
    if (mount === root) continue;
    const parent = ids.has(mount.parent) ? mount.parent : (root?.id ?? -1);
    const siblings = children.get(parent);
    if (siblings) siblings.push(mount);
    else children.set(parent, [mount]);
  }
  return (target) => {
    let current = root;
    // As the kernel walks a path: into the first mount met on the way, then on from there.
    for (let step = 0; step <= mounts.length; step++) {
      let next: Mount | undefined;
      for (const child of children.get(current?.id ?? -1) ?? []) {
        if (!isWithin(target.path, child.path)) continue;
        if (!next || child.path.length <= next.path.length) next = child;
      }
      if (!next) break;
      current = next;
    }
    return current === target;
  };
}

/**
 * Another root's mounts by their own names. A list that shows `root` as a mount is the list of the container that the
 * host is mounted into: what is behind the prefix is the host's. Otherwise it is the host's own and is taken as it is.
 */
export function behindRoot(mounts: readonly Mount[], root: string): readonly Mount[] {
  if (root === '/' || !mounts.some((mount) => mount.path === root)) return mounts;
  return mounts
    .filter((mount) => isWithin(mount.path, root))
    .map((mount) => ({ ...mount, path: mount.path.slice(root.length) || '/' }));
}

/** The same mount whatever the order of the list: `/`, then the whole file system, then the shortest path. */
function preferred(a: Mount, b: Mount): number {
  if (a.path === '/' || b.path === '/') return a.path.length - b.path.length;
  if (a.rootDir === '/' || b.rootDir === '/') {
    if (a.rootDir !== b.rootDir) return a.rootDir === '/' ? -1 : 1;
  }
  return a.path.length - b.path.length || compareBytes(a.path, b.path);
}

/** One mount a device, in the order of their paths. `isFile` is asked of binds only: a file bound in is no disk. */
export function chooseMounts(mounts: readonly Mount[], isFile: (mount: Mount) => boolean): readonly Mount[] {
  const byDevice = new Map<string, Mount[]>();
  for (const mount of mounts) {
    const twins = byDevice.get(mount.device);
    if (twins) twins.push(mount);
    else byDevice.set(mount.device, [mount]);
  }
  return [...byDevice.values()]
    .flatMap((twins) => twins.sort(preferred).find((mount) => mount.rootDir === '/' || !isFile(mount)) ?? [])
    .sort((a, b) => compareBytes(a.path, b.path));
}
