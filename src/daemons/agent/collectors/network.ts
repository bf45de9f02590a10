// net.* from /proc/net/dev, by interface.
import type { Collector } from './collector.ts';
import { type CounterValue, createDeviceGrowth, parseCounter, perSecond } from './counters.ts';
import type { Filter } from './filters.ts';
import { labelValue } from './filters.ts';
import type { ProcFile } from './proc-file.ts';

/** Bytes, packets, errors and drops received, then the same sent. */
export type InterfaceCounters = readonly CounterValue[];

export type NetDev = {
  readonly interfaces: ReadonlyMap<string, InterfaceCounters>;
  /** Names of lines that could not be understood. */
  readonly odd: readonly string[];
};

const COLUMNS = 16;
const USED = [0, 1, 2, 3, 8, 9, 10, 11];

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
    const counters = USED.map((column) => parseCounter(columns[column] ?? ''));
    if (columns.length < COLUMNS || counters.includes(undefined)) odd.push(name);
    else interfaces.set(name, counters as CounterValue[]);
  }
  return { interfaces, odd };
}

export function createNetworkCollector(parts: {
  readonly readNetDev: () => string;
  readonly filter: Filter;
  /** The kernel's number of an interface; another one under the same name is another interface. */
  readonly indexOf: (name: string) => string | undefined;
  readonly files: readonly ProcFile[];
}): Collector {
  const growth = createDeviceGrowth('interface');

  return {
    name: 'network',
    collect(round) {
      const { interfaces, odd } = parseNetDev(parts.readNetDev(), (name) => {
        const pattern = parts.filter.excludedBy(name);
        if (pattern !== undefined) round.omit(`interfaces ${pattern}`, 'excluded by the filter');
        return pattern === undefined;
      });
      for (const name of odd) round.omit(`interface ${name}`, 'its line in /proc/net/dev is not understood');
      const sampled = new Map(
        [...interfaces].map(([name, counters]) => [name, { identity: parts.indexOf(name), counters }]),
      );
      for (const { name, elapsedMs, grown } of growth.take(round, sampled)) {
        const [received = 0, , inErrors = 0, inDrops = 0, sent = 0, , outErrors = 0, outDrops = 0] = grown;
        const labels = { interface: labelValue(name) };
        round.add('net.received', perSecond(received, elapsedMs), labels);
        round.add('net.sent', perSecond(sent, elapsedMs), labels);
        round.add('net.errors', perSecond(inErrors + outErrors, elapsedMs), labels);
        round.add('net.drops', perSecond(inDrops + outDrops, elapsedMs), labels);
      }
    },
    forget: growth.forget,
    close() {
      for (const file of parts.files) file.close();
    },
  };
}
