// The limit of series a tick, shared by the collectors: over it whole mounts, devices or interfaces are dropped.
import { compareBytes } from '../../domain/names.ts';
import { LIMITS, type Sample } from '../../domain/tick.ts';
import type { Omission } from './collectors/collector.ts';

export type SharedSeries = { readonly samples: Sample[]; readonly omitted: Omission[] };

/** All series of one mount, device or interface; what has no labels stands by itself. */
type Part = { readonly key: string; readonly name: string; readonly samples: Sample[] };

/** As many as the log names of those left out. */
const MOST_NAMED = 5;

/**
 * Takes the samples by collector. A collector that needs less than an equal share leaves the rest to the others. Who was
 * sampled in the last round comes first, so that no series comes and goes.
 */
export function createSeriesShare(): (
  byCollector: readonly (readonly Sample[])[],
  limit: number,
) => SharedSeries {
  let kept = new Set<string>();
  return (byCollector, limit) => {
    const count = byCollector.reduce((sum, samples) => sum + samples.length, 0);
    if (count <= limit) {
      kept = new Set();
      return { samples: byCollector.flat(), omitted: [] };
    }
    const last = kept;
    kept = new Set();
    const shares = fairShares(
      byCollector.map((samples) => samples.length),
      limit,
    );
    const omitted: Omission[] = [];
    const samples = byCollector.flatMap((all, i) => {
      if (all.length <= shares[i]!) return all;
      const parts = partsOf(all).sort(
        (a, b) => Number(last.has(b.key)) - Number(last.has(a.key)) || compareBytes(a.name, b.name),
      );
      let room = shares[i]!;
      const left: Part[] = [];
      const taken = parts.filter((part) => {
        const fits = part.samples.length <= room;
        if (fits) room -= part.samples.length;
        if (fits) kept.add(part.key);
        else left.push(part);
        return fits;
      });
      omitted.push(omissionOf(left));
      return taken.flatMap((part) => part.samples);
    });
    return { samples, omitted };
  };
}

function omissionOf(left: readonly Part[]): Omission {
  const series = left.reduce((sum, part) => sum + part.samples.length, 0);
  const names = left.slice(0, MOST_NAMED).map((part) => part.name);
  const more = left.length > MOST_NAMED ? ` and ${left.length - MOST_NAMED} others` : '';
  return {
    what: `${series} series over the limit of ${LIMITS.seriesPerTick} a tick`,
    why: `of ${names.join(', ')}${more}; exclude mounts, devices or interfaces in the configuration`,
  };
}

function partsOf(samples: readonly Sample[]): Part[] {
  const parts = new Map<string, Part>();
  for (const sample of samples) {
    const labels = Object.entries(sample.labels);
    const name =
      labels.length > 0 ? labels.map(([label, value]) => `${label} ${value}`).join(' ') : sample.metric;
    const part = parts.get(name);
    if (part) part.samples.push(sample);
    else parts.set(name, { key: name, name, samples: [sample] });
  }
  return [...parts.values()];
}

/** Each gets what it needs up to a level at which all together need the limit. */
function fairShares(needs: readonly number[], limit: number): readonly number[] {
  const shares = needs.map(() => 0);
  const open = needs.map((need, i) => ({ need, i })).sort((a, b) => a.need - b.need);
  let room = limit;
  for (const [done, { need, i }] of open.entries()) {
    shares[i] = Math.min(need, Math.floor(room / (open.length - done)));
    room -= shares[i]!;
  }
  return shares;
}
