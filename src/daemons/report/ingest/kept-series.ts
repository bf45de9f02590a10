// Which series of other agents are kept under their own names, and what name and labels they get.
import { compileGlob } from '../../../domain/glob.ts';
import { METRIC_KINDS } from '../../../domain/metric-table.ts';

/** Whether a series of this name is kept. */
export type Keep = (metric: string) => boolean;

/** Names come from outside: what is known of them must not fill the memory. */
const MAX_KNOWN = 20_000;
/** No series has a longer name: such a one is refused later, and is not worth its memory. */
const MAX_KNOWN_NAME = 256;
/** In PromQL `mem_available` is minimon's mem.available: one name must not be two metrics. */
const TAKEN: ReadonlySet<string> = new Set(METRIC_KINDS.map(({ name }) => name.replaceAll('.', '_')));
/** Of minimon's own. */
const RESERVED: ReadonlySet<string> = new Set(['source', 'host_id', 'time']);

export function createKeep(globs: readonly string[]): Keep {
  const tests = globs.map(compileGlob);
  const known = new Map<string, boolean>();
  const isKept = (metric: string) => !TAKEN.has(metric) && tests.some((test) => test(metric));
  return (metric) => {
    if (metric.length > MAX_KNOWN_NAME) return isKept(metric);
    let kept = known.get(metric);
    if (kept !== undefined) return kept;
    kept = isKept(metric);
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(metric, kept);
    return kept;
  };
}

const PLAIN = /^[A-Za-z:][A-Za-z0-9_:]*$/;

/** As it came where it can be; what no name has becomes `_`. A dot would make it one of minimon's. */
export function keptName(name: string): string {
  return PLAIN.test(name) ? name : spelt(name, /[^A-Za-z0-9_:]/g);
}

const spelt = (name: string, others: RegExp): string => name.replace(others, '_').replace(/^(?=\d)/, 'n');

/** Those that begin with `_` are the sender's own. */
export function keptLabels(
  labels: ReadonlyMap<string, string>,
  without: ReadonlySet<string>,
): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (const [name, value] of labels) {
    if (value === '' || name.startsWith('_') || without.has(name)) continue;
    kept[RESERVED.has(name) ? `exported_${name}` : spelt(name, /[^A-Za-z0-9_]/g)] = value;
  }
  return kept;
}
