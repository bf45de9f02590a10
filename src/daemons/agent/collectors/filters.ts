// Which mounts, devices, interfaces and file system types are sampled (defaults and configuration), and their names as
// label values.

import { createHash } from 'node:crypto';
import { NO_DISKS } from '../../../domain/file-systems.ts';
import { compileGlob } from '../../../domain/glob.ts';
import { MAX_LABEL_VALUE_BYTES } from '../../../domain/names.ts';
import { UNSAMPLED } from '../../../domain/unsampled-devices.ts';

export type FilterOptions = { readonly include: readonly string[]; readonly exclude: readonly string[] };

export type Filter = {
  /** Undefined when it is sampled, else the pattern that leaves it out. */
  excludedBy(name: string): string | undefined;
};

export const DEFAULT_EXCLUDES = {
  // WSL shows parts of drive C: a second time.
  mounts: ['/usr/lib/wsl/*'],
  ...UNSAMPLED,
  // A CPU's own sensor has the hottest of its cores.
  sensors: ['coretemp@*/Core *', 'k10temp@*/Tccd*'],
  fsTypes: NO_DISKS,
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

/** One character of UTF-8 in bytes that are kept one a character (latin1). */
const UTF8 =
  /[\x00-\x7f]|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|([\x80-\xff])/g;

/** The text of a name that the kernel says in bytes, kept one a character: what is not UTF-8 becomes `\xff`. */
export function textOfBytes(bytes: string): string {
  if (!/[\x80-\xff]/.test(bytes)) return bytes;
  return bytes.replace(UTF8, (character, odd: string | undefined) =>
    odd === undefined ? Buffer.from(character, 'latin1').toString() : `\\x${odd.charCodeAt(0).toString(16)}`,
  );
}

/**
 * A label value for each name in bytes, all different: a name that merely looks like the escapes of another keeps it, the
 * other one ends in a hash of its bytes.
 */
export function labelsOfBytes(names: readonly string[]): ReadonlyMap<string, string> {
  const labels = new Map(names.map((bytes) => [bytes, labelValue(textOfBytes(bytes))]));
  const isPlain = (bytes: string) => labels.get(bytes) === Buffer.from(bytes, 'latin1').toString();
  const plain = new Set(names.filter(isPlain).map((bytes) => labels.get(bytes)));
  for (const [bytes, label] of labels) {
    if (plain.has(label) && !isPlain(bytes)) labels.set(bytes, labelValue(`${label}…${hashOf(bytes)}`));
  }
  return labels;
}

const hashOf = (name: string): string => createHash('sha256').update(name).digest('hex').slice(0, 8);

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
  const hash = hashOf(name);
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
