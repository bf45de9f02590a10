// Series-end markers in a separate request, which may arrive before the samples of their scrape: applied once one of
// these arrives.
import { hasEndsAlone, type TickView } from '../../../wire/tick-view.ts';

type Hosts = ReadonlyMap<
  string,
  { readonly sources: readonly { readonly name: string; readonly lastTickMs: number }[] }
>;

/** Series of all hosts that ended before their round came: where scrapes fail it may be all there are. */
const MAX_EARLY = 10_000;

type Early = { readonly timeMs: number; readonly ended: NonNullable<TickView['ended']> };

/** The tick with what ended before it came; undefined for one of a scrape that failed, as far as is known. */
export function createEndsApart(hosts: Hosts): (view: TickView) => TickView | undefined {
  /** The last ones of a host and source, the oldest first. */
  const early = new Map<string, Early>();
  let series = 0;

  const wasMeasured = ({ hostId, source, timeMs }: TickView): boolean =>
    hosts.get(hostId)?.sources.some(({ name, lastTickMs }) => name === source && lastTickMs === timeMs) ??
    false;

  function drop(key: string): Early | undefined {
    const found = early.get(key);
    if (found) series -= found.ended.length;
    early.delete(key);
    return found;
  }

  function keep(key: string, { timeMs, ended = [] }: TickView): void {
    drop(key);
    early.set(key, { timeMs, ended });
    series += ended.length;
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
    const found = drop(keyOf(view));
    if (found?.timeMs !== view.timeMs) return view;
    return { ...view, ended: [...found.ended, ...(view.ended ?? [])] };
  };
}

const keyOf = ({ hostId, source }: TickView): string => `${source}\u0000${hostId}`;
