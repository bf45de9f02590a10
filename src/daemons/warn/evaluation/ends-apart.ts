// Series-end markers in a separate request, which may arrive before the samples of their scrape: applied once one of
// these arrives.
import { hasEndsAlone, type TickView } from '../../../wire/tick-view.ts';

type Hosts = ReadonlyMap<
  string,
  { readonly sources: readonly { readonly name: string; readonly lastTickMs: number }[] }
>;

/** Series of all hosts that ended before their round came: where scrapes fail it may be all there are. */
const MAX_EARLY = 10_000;

/** Of a round, in as many requests as it took. */
type Early = { readonly timeMs: number; readonly ended: NonNullable<TickView['ended']> };

/** The tick with what ended before it came; undefined for one of a scrape that failed, as far as is known. */
export function createEndsApart(hosts: Hosts): (view: TickView) => TickView | undefined {
  /** The last ones of a host and source, the oldest first. */
  const early = new Map<string, Early>();
  let series = 0;

  const wasMeasured = ({ hostId, source, timeMs }: TickView): boolean =>
    hosts.get(hostId)?.sources.some(({ name, lastTickMs }) => name === source && lastTickMs === timeMs) ??
    false;

  function drop(key: string): void {
    series -= early.get(key)?.ended.length ?? 0;
    early.delete(key);
  }

  function keep(key: string, { timeMs, ended = [] }: TickView): void {
    const before = early.get(key);
    if (before !== undefined && before.timeMs > timeMs) return;
    drop(key);
    const all = before?.timeMs === timeMs ? before.ended : [];
    for (const one of ended) all.push(one);
    early.set(key, { timeMs, ended: all });
    series += all.length;
    for (const oldest of early.keys()) {
      if (series <= MAX_EARLY) return;
      drop(oldest);
    }
  }

  return (view) => {
    if (hasEndsAlone(view)) {
      if (wasMeasured(view)) return view;
      if (hosts.has(view.hostId)) keep(keyOf(view), view);
      return undefined;
    }
    if (early.size === 0) return view;
    const key = keyOf(view);
    const found = early.get(key);
    // A piece of the round before it may come late.
    if (found === undefined || found.timeMs > view.timeMs) return view;
    drop(key);
    if (found.timeMs < view.timeMs) return view;
    return { ...view, ended: [...found.ended, ...(view.ended ?? [])] };
  };
}

const keyOf = ({ hostId, source }: TickView): string => `${source}\u0000${hostId}`;
