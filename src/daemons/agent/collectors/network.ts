// net.* from /proc/net/dev, by interface.
import type { DeviceCollector } from './collector.ts';
import { parseCounter, perSecond } from './counters.ts';
import { type CounterGroup, createDeviceGrowth, type GroupCounters } from './device-growth.ts';
import type { Filter } from './filters.ts';
import { labelsOfBytes, textOfBytes } from './filters.ts';
import type { NamespaceFile } from './namespace-files.ts';

/** Traffic (bytes and packets received, then sent), errors in and out, drops in and out. */
type InterfaceCounters = readonly GroupCounters[];

export type NetDev = {
  readonly interfaces: ReadonlyMap<string, InterfaceCounters>;
  /** Names of lines, or of parts of them, that could not be understood. */
  readonly odd: readonly string[];
};

const COLUMNS = 16;
/** Bytes: more than two ports of 800 Gbit/s. Errors and drops are no more than packets can be. */
export const INTERFACE_GROUPS: readonly (CounterGroup & { readonly columns: readonly number[] })[] = [
  { columns: [0, 1, 8, 9], mostPerSecond: 2e11 },
  { metric: 'net.errors', columns: [2, 10], mostPerSecond: 1e10 },
  { metric: 'net.drops', columns: [3, 11], mostPerSecond: 1e10 },
];

/** `wanted` is asked before a line's numbers are read: a node may have thousands that are excluded. */
function parseNetDev(text: string, wanted: (name: string) => boolean): NetDev {
  const interfaces = new Map<string, InterfaceCounters>();
  const odd: string[] = [];
  for (const line of text.split('\n')) {
    // Names may hold colons and a long counter comes right after one; no counter holds any.
    const cut = line.lastIndexOf(':');
    if (cut < 0) continue;
    const name = line.slice(0, cut).trim();
    if (name === '' || interfaces.has(name) || !wanted(name)) continue;
    const columns = line
      .slice(cut + 1)
      .trim()
      .split(/\s+/);
    const groups = INTERFACE_GROUPS.map((group) =>
      group.columns.map((column) => parseCounter(columns[column] ?? '')),
    );
    const known = groups.flat().filter((counter) => counter !== undefined).length;
    if (columns.length < COLUMNS || known === 0) odd.push(`interface ${textOfBytes(name)}`);
    else {
      interfaces.set(name, groups);
      if (known < groups.flat().length) odd.push(`interface ${textOfBytes(name)}`);
    }
  }
  return { interfaces, odd };
}

export function createNetworkCollector(parts: {
  /** Names in bytes, one character a byte. */
  readonly netDev: NamespaceFile<string>;
  readonly filter: Filter;
  /**
   * The kernel's number of an interface; another one under the same name is another interface. Undefined where it cannot
   * be read, which says nothing about the interface.
   */
  readonly indexOf: (name: string) => string | undefined;
}): DeviceCollector {
  let labelOf: ReadonlyMap<string, string> = new Map();
  const growth = createDeviceGrowth('interface', INTERFACE_GROUPS);

  return {
    name: 'network',
    collect(round) {
      const { list, note } = parts.netDev.read();
      if (note) round.omit(...note);
      const { interfaces, odd } = parseNetDev(list, (name) => {
        const pattern = parts.filter.excludedBy(textOfBytes(name));
        if (pattern !== undefined) round.omit(`interfaces ${pattern}`, 'excluded by the filter');
        return pattern === undefined;
      });
      labelOf = labelsOfBytes([...interfaces.keys()]);
      for (const what of odd) round.fail(what, 'its line in /proc/net/dev cannot be parsed completely');
      const sampled = new Map(
        [...interfaces].map(([name, groups]) => [
          labelOf.get(name)!,
          { identity: parts.indexOf(name), groups },
        ]),
      );
      for (const { name, groups } of growth.take(round, sampled)) {
        const labels = { interface: name };
        const add = (metric: string, at: number, parts: readonly number[]) => {
          const group = groups[at];
          const grown = parts.map((part) => group?.grown[part]);
          if (!group || grown.includes(undefined)) return;
          const sum = grown.reduce<number>((all, part) => all + part!, 0);
          round.add(metric, perSecond(sum, group.elapsedMs), labels);
        };
        add('net.received', 0, [0]);
        add('net.sent', 0, [2]);
        add('net.errors', 1, [0, 1]);
        add('net.drops', 2, [0, 1]);
      }
    },
    sampled: () => labelOf,
    forget: growth.forget,
    close: () => parts.netDev.close(),
  };
}
