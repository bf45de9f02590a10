// Which hosts and metrics the matchers of a selector choose, before anything of them is read.
import { messageOf } from '../../../domain/errors.ts';
import { fitsOf } from '../../../domain/promql/matching.ts';
import { NAME, ownLabels } from '../../../domain/promql/series-names.ts';
import type { LabelMatcher } from '../../../domain/promql/syntax.ts';
import type { Labels } from '../../../domain/tick.ts';
import type { StoredHost } from '../../../store/store.ts';
import type { Locations } from '../../locations.ts';
import type { Choices } from './choices.ts';
import type { InTurns } from './chosen-metrics.ts';
import type { KnownNames } from './known-names.ts';

/** Of a host that did not say. */
const UNKNOWN_INTERVAL_MS = 5_000;

export type Chosen = {
  /** Host id -> location. */
  readonly where: ReadonlyMap<string, string>;
  readonly metrics: readonly string[];
  readonly hosts: readonly StoredHost[];
  /** Every host there is. */
  readonly isAll: boolean;
  readonly labels: Labels;
  /** Whether series with these labels are all that is chosen. */
  readonly isByLabels: boolean;
  fits(labels: Labels): boolean;
};

/** Of one query: locations are read once, and what they lack is warned of once. */
export function createSelectorChoice({
  known,
  choices,
  locations,
  inTurns,
}: {
  readonly known: KnownNames;
  readonly choices: Choices;
  readonly locations: Pick<Locations, 'all'>;
  readonly inTurns: InTurns;
}) {
  const warnings = new Set<string>();
  let placesRead: ReturnType<Locations['all']> | undefined;

  async function places(matchers: readonly LabelMatcher[]): Promise<ReadonlyMap<string, string>> {
    try {
      const found = await (placesRead ??= locations.all());
      for (const warning of found.warnings) warnings.add(warning);
      return found.places;
    } catch (error) {
      if (matchers.some(({ label }) => label === 'location')) throw error;
      warnings.add(`${messageOf(error)}: no series has its location`);
      return new Map();
    }
  }

  /** What the store is asked for; undefined for nothing. */
  async function choose(matchers: readonly LabelMatcher[], sinceMs: number): Promise<Chosen | undefined> {
    const where = await places(matchers);
    const metrics = await known.metrics((all) => choices.metrics(matchers, all, inTurns));
    if (metrics.chosen.length === 0) return undefined;
    const { chosen: hosts, all } = await known.hosts(async (all) =>
      seenSince(await choices.hosts(matchers, { all, where }, inTurns), sinceMs),
    );
    if (hosts.length === 0) return undefined;
    const byLabel = Map.groupBy(matchers, ({ label }) => label);
    const own = [...byLabel].flatMap(([label, of]) => {
      const names = label === NAME ? [] : ownLabels(label);
      return names.length === 0 ? [] : [{ names, of, fits: fitsOf(of) }];
    });
    const equal = own.flatMap(({ names, of }) =>
      of.flatMap(({ op, value }) =>
        op === '=' && value !== '' && names.length === 1 ? [[names[0]!, value] as const] : [],
      ),
    );
    return {
      ...{ where, metrics: metrics.chosen, hosts, isAll: hosts.length === all.length },
      labels: Object.fromEntries(equal) as Labels,
      isByLabels: own.every(
        ({ names, of }) => names.length === 1 && of.length === 1 && of[0]!.op === '=' && of[0]!.value !== '',
      ),
      fits: (labels: Labels) =>
        own.every(({ names: [first, other = first], fits }) => fits(labels[first!] || labels[other!] || '')),
    };
  }

  /** How many points a selector may come to, by its hosts' intervals: a guess, to leave room for them. */
  async function guess(matchers: readonly LabelMatcher[], lengthMs: number): Promise<number> {
    const chosen = await choose(matchers, 0);
    let rounds = 0;
    for (const host of chosen?.hosts ?? []) rounds += Math.ceil(lengthMs / intervalOf(host));
    return rounds * (chosen?.metrics.length ?? 0);
  }

  return { choose, guess, warnings };
}

export const intervalOf = ({ intervalMs }: StoredHost): number =>
  intervalMs > 0 ? intervalMs : UNKNOWN_INTERVAL_MS;

const seenSince = (hosts: readonly StoredHost[], sinceMs: number): readonly StoredHost[] =>
  hosts.every(({ lastSeenMs }) => lastSeenMs >= sinceMs)
    ? hosts
    : hosts.filter(({ lastSeenMs }) => lastSeenMs >= sinceMs);
