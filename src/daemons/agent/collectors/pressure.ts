// pressure.cpu, pressure.memory and pressure.io: how long something had to wait (PSI), of the machine or of a container.
import { messageOf } from '../../../domain/errors.ts';
import type { Collector } from './collector.ts';
import { SHORTEST_RATE_MS } from './collector.ts';
import { percent } from './counters.ts';
import type { ProcFile } from './proc-file.ts';

const PRESSURES = ['cpu', 'memory', 'io'] as const;
export type Pressure = (typeof PRESSURES)[number];

/** Microseconds in which at least one task waited, since the boot: of the line `some`, which all three have. */
function parsePressure(text: string): number {
  const total = /^some .*\btotal=(\d+)\s*$/m.exec(text)?.[1];
  if (total === undefined) throw new Error('it has no line "some" with a total');
  return Number(total);
}

/** By the growth of the totals over the tick: the kernel's own averages reach over other times. */
export function createPressureCollector(files: Readonly<Record<Pressure, ProcFile>>): Collector {
  const before = new Map<Pressure, { readonly totalUs: number; readonly atMs: number }>();

  return {
    name: 'pressure',
    collect(round) {
      for (const resource of PRESSURES) {
        const metric = `pressure.${resource}`;
        try {
          const text = files[resource].textIfThere();
          // Kernels before 4.20, and those built without it.
          if (text === undefined) {
            before.delete(resource);
            continue;
          }
          const last = before.get(resource);
          if (last && round.atMs - last.atMs < SHORTEST_RATE_MS) continue;
          const totalUs = parsePressure(text);
          before.set(resource, { totalUs, atMs: round.atMs });
          if (!last) continue;
          const grown = totalUs - last.totalUs;
          if (grown < 0) round.omit(metric, 'its total fell; it follows from the next tick on');
          else round.add(metric, percent(grown / 1_000, round.atMs - last.atMs));
        } catch (error) {
          before.delete(resource);
          const off = (error as { code?: string }).code === 'EOPNOTSUPP';
          if (off) round.omit(metric, 'the kernel does not measure it (boot with psi=1)');
          else round.fail(metric, messageOf(error));
        }
      }
    },
    forget: () => before.clear(),
    close() {
      for (const file of Object.values(files)) file.close();
    },
  };
}
