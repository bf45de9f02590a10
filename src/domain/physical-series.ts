// Which devices and interfaces of a host are physical, from the facts of its agent: sums of a host include only those
// alone, so that no byte is counted again on a bond, a bridge, a VLAN, an array or a volume.
import { type Facts, type Labels, LIMITS } from './tick.ts';

/** Label values by label. */
export type PhysicalNames = { readonly device: readonly string[]; readonly interface: readonly string[] };

const FACT_OF = { device: 'physical_devices', interface: 'physical_interfaces' } as const;
const SEPARATOR = ', ';

/** A list that no fact has room for is left out: then all count, as for an agent that says nothing. */
export function physicalFacts(
  names: PhysicalNames | undefined,
): Readonly<Record<string, string | undefined>> {
  const text = (list: readonly string[] | undefined) => {
    const joined = list?.join(SEPARATOR) ?? '';
    return Buffer.byteLength(joined) <= LIMITS.factBytes ? joined : undefined;
  };
  return { [FACT_OF.device]: text(names?.device), [FACT_OF.interface]: text(names?.interface) };
}

/** Those that a host's sum adds up: all, where the facts do not say or name none of them. */
export function countedSeries<T extends { readonly labels: Labels }>(
  all: readonly T[],
  facts: Facts | undefined,
): readonly T[] {
  const physical = Object.entries(FACT_OF).flatMap(([label, fact]) => {
    const said = facts?.[fact];
    return said === undefined ? [] : [[label, new Set(said.split(SEPARATOR))] as const];
  });
  if (physical.length === 0) return all;
  const counted = all.filter(({ labels }) =>
    physical.every(([label, names]) => labels[label] === undefined || names.has(labels[label])),
  );
  return counted.length > 0 ? counted : all;
}
