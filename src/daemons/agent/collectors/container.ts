// Detects whether the agent reports a host or its container, the kind of container, and the reason.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type View = 'host' | 'container';
export type HostView = {
  readonly view: View;
  /** docker, podman, lxc ... */
  readonly container?: string;
  /** What decided it, for people. */
  readonly reason: string;
};

type Sign = { readonly kind: string; readonly source: string };

/**
 * Files at the root tell a container's root from a host's. Under a prefix (`--root /host`) nothing else counts: /proc
 * there shows the process that reads it. An agent that a host's service manager limits is still the host's.
 */
function detectView(root: string): HostView {
  const marker = markerOf(root);
  const sign = (!marker || isMachine(root) ? undefined : marker) ?? surerSignOf(root);
  if (sign) return { view: 'container', container: sign.kind, reason: sign.source };
  return {
    view: 'host',
    reason: marker
      ? `${marker.source} is left over from an image: pid 1 is not in a container`
      : 'no sign of a container',
  };
}

/** What the configuration says, or else what is detected. */
export function viewOf({ root, view }: { readonly root: string; readonly view: View | 'auto' }): HostView {
  const detected = detectView(root);
  return view === 'auto' ? detected : { ...detected, view, reason: 'set in the configuration' };
}

/** Files that a container's runtime makes, and that stay in an image which becomes a machine's disk. */
function markerOf(root: string): Sign | undefined {
  if (existsSync(join(root, 'run/.containerenv'))) return { kind: 'podman', source: '/run/.containerenv' };
  if (existsSync(join(root, '.dockerenv'))) return { kind: 'docker', source: '/.dockerenv' };
  return undefined;
}

function surerSignOf(root: string): Sign | undefined {
  const at = (path: string) => join(root, path);
  const said = readQuietly(at('run/systemd/container')).trim();
  if (said) return { kind: said, source: '/run/systemd/container' };
  if (root !== '/') return undefined;
  const environment = readQuietly(at('proc/1/environ'));
  const named = /(?:^|\0)container=([^\0]+)/.exec(environment)?.[1];
  if (named) return { kind: named, source: 'the environment of pid 1' };
  const groups = readQuietly(at('proc/1/cgroup'));
  const kind = /\/(docker|kubepods|lxc|libpod|crio|machine\.slice)/.exec(groups)?.[1];
  if (kind) return { kind, source: '/proc/1/cgroup' };
  return isNamespaceRoot(root) ? { kind: 'container', source: '/sys/fs/cgroup/cgroup.type' } : undefined;
}

/** Only a cgroup namespace has a type at its root: the real root of the hierarchy has none. */
const isNamespaceRoot = (root: string): boolean => existsSync(join(root, 'sys/fs/cgroup/cgroup.type'));

/** What a container's own root is made of; a machine's is a disk. */
const LAYERED = new Set(['overlay', 'overlayfs', 'aufs', 'fuse.fuse-overlayfs', 'vfs', 'tmpfs', 'rootfs']);

/** Pid 1 stands at the top of the cgroups, seen from outside of any namespace, and its root is a disk. */
function isMachine(root: string): boolean {
  const groups = readQuietly(join(root, 'proc/1/cgroup')).split('\n').filter(Boolean);
  const isAtTop = groups.every((line) => /:(?:\/|\/init\.scope)$/.test(line));
  if (groups.length === 0 || !isAtTop || isNamespaceRoot(root)) return false;
  const mounts = readQuietly(join(root, 'proc/1/mountinfo'));
  // A subvolume of btrfs (`/@`) is a disk's root too; a container's lies deeper.
  const type = / \/[^ /]* \/ .* - (\S+) /.exec(mounts)?.[1];
  return type !== undefined && !LAYERED.has(type);
}

/** Only root may read some of these; what cannot be read says nothing. */
function readQuietly(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
