// Notes about scopes and matchers: names that do not exist now, with the nearest existing one.
import type { AlertRecords } from '../../catalog/alert-configuration.ts';
import type { Inventory } from '../../catalog/catalog.ts';
import { silenceState } from '../../domain/alerting/alert-matching.ts';
import { OWN_RULES } from '../../domain/alerting/built-in.ts';
import { didYouMean } from '../../domain/did-you-mean.ts';
import { matcherFits, parseMatcher } from '../../domain/expression/matcher.ts';
import { quoted } from '../../domain/expression/syntax.ts';
import { compileGlob, isGlob } from '../../domain/glob.ts';
import type { Clock } from '../../runtime/clock.ts';
import { createTurns } from '../../runtime/turns.ts';
import { inventoryEntries } from './inventory-entries.ts';

/** More than these would be no note but a list. */
const MAX_NOTES = 20;
/** To look for the nearest of more names takes seconds. */
const MAX_NEAR = 20_000;

export type Fleet = {
  /** The location of each host that has one: rules and silences are about no others. */
  readonly hosts: ReadonlyMap<string, string>;
  readonly locations: ReadonlySet<string>;
};

/** Reads all hosts when it is asked, and again once the inventory is another one: a hundred thousand take a second. */
export function createFleetReader(inventory: Pick<Inventory, 'list' | 'version'>): () => Promise<Fleet> {
  let kept: { readonly version: number; readonly fleet: Fleet } | undefined;
  return async () => {
    const version = await inventory.version();
    if (kept?.version === version) return kept.fleet;
    const hosts = new Map<string, string>();
    for await (const { hostId, location } of inventoryEntries(inventory)) {
      if (location !== undefined) hosts.set(hostId, location);
    }
    const fleet = { hosts, locations: new Set(hosts.values()) };
    kept = { version, fleet };
    return fleet;
  };
}

const hasScope = ({ locations = [], hosts = [] }: Scope): boolean => locations.length + hosts.length > 0;

type Scope = {
  readonly name: string;
  readonly locations?: readonly string[] | undefined;
  readonly hosts?: readonly string[] | undefined;
};

/** Where there are several rules, each note begins with the name of its own. None before a host has a location. */
export async function scopeNotes(
  rules: readonly Scope[],
  {
    readFleet,
    clock,
  }: { readonly readFleet: () => Promise<Fleet>; readonly clock: Pick<Clock, 'monotonicMs'> },
): Promise<readonly string[]> {
  if (!rules.some(hasScope)) return [];
  const fleet = await readFleet();
  if (fleet.hosts.size === 0) return [];
  const seen = new Map<string, string | undefined>();
  const noteOf = (noun: 'host' | 'location', value: string): readonly string[] => {
    const key = `${noun} ${value}`;
    if (!seen.has(key)) seen.set(key, absent({ noun, value, isPattern: true }, fleet));
    return seen.get(key) ? [seen.get(key)!] : [];
  };
  const notes: string[] = [];
  const turn = createTurns(clock);
  for (const { name, locations = [], hosts = [] } of rules) {
    await turn();
    const own = [
      ...locations.flatMap((glob) => noteOf('location', glob)),
      ...hosts.flatMap((glob) => noteOf('host', glob)),
    ];
    if (own.length === 0 && !meet(locations, hosts, fleet))
      own.push(`no host ${hosts.join(', ')} is in location ${locations.join(', ')}: it matches nothing`);
    notes.push(...own.map((note) => (rules.length > 1 ? `${name}: ${note}` : note)));
  }
  const more = notes.length - MAX_NOTES;
  return more > 0 ? [...notes.slice(0, MAX_NOTES), `and ${more} more such names`] : notes;
}

/** Whether any host fits both lists, as a rule's scope asks. */
function meet(locations: readonly string[], hosts: readonly string[], fleet: Fleet): boolean {
  if (locations.length === 0 || hosts.length === 0) return true;
  const [inLocation, isHost] = [locations.map(compileGlob), hosts.map(compileGlob)];
  for (const [host, location] of fleet.hosts) {
    if (isHost.some((fits) => fits(host)) && inLocation.some((fits) => fits(location))) return true;
  }
  return false;
}

/** Of checked matchers: the rules, hosts and locations that they name and that nothing has. */
export function matcherNotes(
  matchers: readonly string[],
  rules: readonly { readonly name: string }[],
  fleet: Fleet,
): readonly string[] {
  return matchers.flatMap((text) => {
    const { label, op, value } = parseMatcher(text);
    const isPattern = op === '~' || op === '!~';
    if (label === 'rule') return absentRule(value, isPattern, rules) ?? [];
    // An empty location or host is that of alerts about no host.
    if ((label !== 'host' && label !== 'location') || value === '' || fleet.hosts.size === 0) return [];
    return absent({ noun: label, value, isPattern }, fleet) ?? [];
  });
}

/** What named a rule by the name it had, and covers it no longer: silences that have not ended, and receivers' routes. */
export function renameNotes(
  { silences, receivers }: Pick<AlertRecords, 'silences' | 'receivers'>,
  { from, to, nowMs }: { readonly from: string; readonly to: string; readonly nowMs: number },
): readonly string[] {
  const isLeft = (matchers: readonly string[]) =>
    matchers
      .map((text) => parseMatcher(text))
      .some((one) => one.label === 'rule' && matcherFits(one, from) && !matcherFits(one, to));
  return [
    ...silences
      .filter((one) => silenceState(one, nowMs) !== 'expired' && isLeft(one.matchers))
      .map(({ id }) => `silence ${id} names the old name, and no longer matches`),
    ...receivers
      .filter(({ matchers }) => isLeft(matchers))
      .map(({ name }) => `the route of receiver ${name} names the old name, and no longer matches`),
  ];
}

function absentRule(
  value: string,
  isPattern: boolean,
  rules: readonly { readonly name: string }[],
): string | undefined {
  const names = new Set([...rules.map(({ name }) => name), ...OWN_RULES]);
  if (fitsOne(value, isPattern, names)) return undefined;
  return withNearest(`no rule has the name ${quoted(value)}`, { value, isPattern, names });
}

type Named = { readonly noun: 'host' | 'location'; readonly value: string; readonly isPattern: boolean };

function absent({ noun, value, isPattern }: Named, fleet: Fleet): string | undefined {
  const names = noun === 'host' ? fleet.hosts : fleet.locations;
  if (fitsOne(value, isPattern, names)) return undefined;
  const what = noun === 'host' ? 'no host with a location is' : 'no host is in location';
  return withNearest(`${what} ${quoted(value)}`, { value, isPattern, names });
}

type Names = Pick<ReadonlySet<string>, 'has' | 'keys'>;

function fitsOne(value: string, isPattern: boolean, names: Names): boolean {
  if (names.has(value)) return true;
  if (!isPattern || !isGlob(value)) return false;
  const fits = compileGlob(value);
  for (const name of names.keys()) if (fits(name)) return true;
  return false;
}

/** Globs are anchored: `web` was meant as `web*` where names begin so. */
function withNearest(
  note: string,
  { value, isPattern, names }: { value: string; isPattern: boolean; names: Names },
): string {
  if (isGlob(value) && isPattern) return note;
  const some: string[] = [];
  for (const name of names.keys()) {
    if (isPattern && name.startsWith(value)) return `${note}. Did you mean ${value}*?`;
    if (some.length < MAX_NEAR) some.push(name);
  }
  const near = didYouMean(value, some);
  return near === undefined ? note : `${note}. ${near}`;
}
