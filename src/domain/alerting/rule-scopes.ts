// Which hosts rules cover: rules with equal globs have one scope, and hosts that are covered alike share an array.
import { compileGlob } from '../glob.ts';

/** No globs fit everything. */
function anyGlob(globs: readonly string[]): (text: string) => boolean {
  const tests = globs.map(compileGlob);
  return (text) => tests.length === 0 || tests.some((fits) => fits(text));
}

type Scope = {
  readonly id: number;
  readonly fitsLocation: (location: string) => boolean;
  /** Undefined fits all. */
  readonly fitsHost: ((host: string) => boolean) | undefined;
};

/** What is the same for all hosts of a location, and what depends on the host. */
function scopesAt(scopes: readonly Scope[], location: string) {
  const fitting = scopes.filter(({ fitsLocation }) => fitsLocation(location));
  const all = new Uint8Array(scopes.length);
  for (const { id, fitsHost } of fitting) if (fitsHost === undefined) all[id] = 1;
  const byHost = fitting.filter(({ fitsHost }) => fitsHost !== undefined);
  /** By the numbers of the scopes that depend on the host and cover it. */
  const shared = new Map([['', all]]);
  return { all, byHost, shared };
}

export function createScopes() {
  const scopes: Scope[] = [];
  const ids = new Map<string, number>();
  const byLocation = new Map<string, ReturnType<typeof scopesAt>>();

  return {
    key: (): string => [...ids.keys()].join('\n'),
    /** To be asked for all rules before any host is. */
    idOf({
      locations,
      hosts,
    }: {
      readonly locations: readonly string[];
      readonly hosts: readonly string[];
    }): number {
      const key = JSON.stringify([locations, hosts]);
      const known = ids.get(key);
      if (known !== undefined) return known;
      const id = scopes.length;
      ids.set(key, id);
      const fitsHost = hosts.length === 0 ? undefined : anyGlob(hosts);
      scopes.push({ id, fitsLocation: anyGlob(locations), fitsHost });
      return id;
    },
    covering(host: string, location: string): Uint8Array {
      let here = byLocation.get(location);
      if (here === undefined) byLocation.set(location, (here = scopesAt(scopes, location)));
      if (here.byHost.length === 0) return here.all;
      let fitting = '';
      for (const { id, fitsHost } of here.byHost) if (fitsHost!(host)) fitting += `${id} `;
      const known = here.shared.get(fitting);
      if (known !== undefined) return known;
      const covered = Uint8Array.from(here.all);
      for (const id of fitting.split(' ')) if (id !== '') covered[Number(id)] = 1;
      here.shared.set(fitting, covered);
      return covered;
    },
  };
}
