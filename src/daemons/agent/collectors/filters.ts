// Which mounts, devices, interfaces and file system types are sampled (defaults and configuration), and their names as
// label values.
import { createHash } from 'node:crypto';
import { compileGlob } from '../../../domain/glob.ts';
import { MAX_LABEL_VALUE_BYTES } from '../../../domain/names.ts';

export type FilterOptions = { readonly include: readonly string[]; readonly exclude: readonly string[] };

export type Filter = {
  /** Undefined when it is sampled, else the pattern that leaves it out. */
  excludedBy(name: string): string | undefined;
};

/** What a Kubernetes node has by the hundred, and what cannot hold data. */
export const DEFAULT_EXCLUDES = {
  mounts: [],
  devices: ['loop*', 'ram*', 'fd*', 'sr*', 'nvme*c*n*'],
  // An alias (`eth0:1`) has no counters of its own.
  interfaces: ['lo', 'veth*', 'docker*', 'cni*', 'cali*', 'lxc*', '*:*'],
  // A CPU's own sensor has the hottest of its cores.
  sensors: ['coretemp@*/Core *', 'k10temp@*/Tccd*'],
  fsTypes: [
    'autofs',
    'binfmt_misc',
    'bpf',
    'cgroup',
    'cgroup2',
    'configfs',
    'debugfs',
    'devpts',
    'devtmpfs',
    'efivarfs',
    'erofs',
    'fuse.gvfsd-fuse',
    'fuse.lxcfs',
    'fuse.portal',
    'fuse.snapfuse',
    'fusectl',
    'hugetlbfs',
    'iso9660',
    'mqueue',
    'nfsd',
    'nsfs',
    'overlay',
    'proc',
    'pstore',
    'ramfs',
    'rootfs',
    'rpc_pipefs',
    'securityfs',
    'selinuxfs',
    'squashfs',
    'sysfs',
    'tmpfs',
    'tracefs',
  ],
} as const;

/** Excluded by configuration beats included beats excluded by default. */
export function createFilter(options: FilterOptions, defaults: readonly string[]): Filter {
  const matchers = (globs: readonly string[]) => globs.map((glob) => ({ glob, matches: compileGlob(glob) }));
  const excluded = matchers(options.exclude);
  const included = matchers(options.include);
  const byDefault = matchers(defaults);
  const find = (list: typeof excluded, name: string) => list.find((one) => one.matches(name))?.glob;
  // The same names are asked for in every round.
  const known = new Map<string, string | undefined>();
  return {
    excludedBy(name) {
      if (known.has(name)) return known.get(name);
      const pattern =
        find(excluded, name) ?? (find(included, name) === undefined ? find(byDefault, name) : undefined);
      if (known.size > 10_000) known.clear();
      known.set(name, pattern);
      return pattern;
    },
  };
}

const CONTROL = /[\u0000-\u001f\u007f]/g;
const NAMED: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/**
 * Control characters become visible escapes, a last backslash `\x5c`; a name over the limit keeps its beginning and
 * ends in a hash of the whole, so that two long names stay two series.
 */
export function labelValue(name: string): string {
  const visible = name
    .replace(CONTROL, (one) => NAMED[one] ?? `\\x${one.charCodeAt(0).toString(16).padStart(2, '0')}`)
    .replace(/\\$/, '\\x5c');
  if (Buffer.byteLength(visible) <= MAX_LABEL_VALUE_BYTES) return visible;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  const maxBytes = MAX_LABEL_VALUE_BYTES - Buffer.byteLength('…') - hash.length;
  let head = '';
  let bytes = 0;
  for (const character of visible) {
    bytes += Buffer.byteLength(character);
    if (bytes > maxBytes) break;
    head += character;
  }
  return `${head}…${hash}`;
}
