// Whether the agent shows a host or the container it runs in, and which kind of container.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type View = 'host' | 'container';
export type HostView = {
  readonly view: View;
  /** docker, podman, lxc ... */
  readonly container?: string;
};

/**
 * Files at the root tell a container's root from a host's. Under a prefix (`--root /host`) nothing else counts: /proc
 * there shows the process that reads it. An agent that a host's service manager limits is still the host's.
 */
function detectView(root: string): HostView {
  const container = containerOf(root);
  return container ? { view: 'container', container } : { view: 'host' };
}

/** What the configuration says, or else what is detected. */
export function viewOf({ root, view }: { readonly root: string; readonly view: View | 'auto' }): HostView {
  const detected = detectView(root);
  return view === 'auto' ? detected : { ...detected, view };
}

function containerOf(root: string): string | undefined {
  const at = (path: string) => join(root, path);
  if (existsSync(at('run/.containerenv'))) return 'podman';
  if (existsSync(at('.dockerenv'))) return 'docker';
  const said = readQuietly(at('run/systemd/container')).trim();
  if (said) return said;
  if (root !== '/') return undefined;
  const environment = readQuietly(at('proc/1/environ'));
  const named = /(?:^|\0)container=([^\0]+)/.exec(environment)?.[1];
  if (named) return named;
  const groups = readQuietly(at('proc/1/cgroup'));
  const kind = /\/(docker|kubepods|lxc|libpod|crio|machine\.slice)/.exec(groups)?.[1];
  if (kind) return kind;
  // Only a cgroup namespace has a type at its root: the real root of the hierarchy has none.
  return existsSync(at('sys/fs/cgroup/cgroup.type')) ? 'container' : undefined;
}

/** Only root may read some of these; what cannot be read says nothing. */
function readQuietly(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
