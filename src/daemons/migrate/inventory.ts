// Copies hosts and their locations from one inventory to another, and leaves alone what is there already.
import type { Inventory, InventoryHost } from '../../catalog/catalog.ts';

export type CopiedInventory = {
  readonly hosts: number;
  readonly locations: number;
  readonly added: number;
  /** There already, in the same location ... */
  readonly same: number;
  /** ... and in another one, which they keep: somebody has assigned them there. */
  readonly elsewhere: readonly string[];
};

const PAGE = 1_000;
const ACTOR = 'migrate';

export async function copyInventory(
  source: Pick<Inventory, 'list'>,
  target: Pick<Inventory, 'list' | 'assign' | 'unassign'>,
): Promise<CopiedInventory> {
  // In the order in which they came, so that their numbers rise in the same order.
  const hosts = (await allOf(source)).sort((a, b) => a.id - b.id);
  const there = new Map((await allOf(target)).map((host) => [host.hostId, host]));
  const fresh = hosts.filter(({ hostId }) => !there.has(hostId));
  const locations = new Set(hosts.flatMap(({ location }) => location ?? []));
  // An unassigned host can only be added with a location, which it leaves again.
  const [anyLocation = 'unassigned'] = locations;
  for (let at = 0; at < fresh.length; at += PAGE) {
    const page = fresh.slice(at, at + PAGE);
    await target.assign(
      page.map(({ hostId, location = anyLocation }) => ({ hostId, location })),
      ACTOR,
    );
    const unassigned = page.filter(({ location }) => location === undefined);
    if (unassigned.length === 0) continue;
    await target.unassign(
      unassigned.map(({ hostId }) => hostId),
      ACTOR,
    );
  }
  const known = hosts.filter(({ hostId }) => there.has(hostId));
  const elsewhere = known.filter(({ hostId, location }) => there.get(hostId)!.location !== location);
  return {
    hosts: hosts.length,
    locations: locations.size,
    added: fresh.length,
    same: known.length - elsewhere.length,
    elsewhere: elsewhere.map(({ hostId }) => hostId),
  };
}

async function allOf(inventory: Pick<Inventory, 'list'>): Promise<InventoryHost[]> {
  const hosts: InventoryHost[] = [];
  for (let afterHostId: string | undefined; ; afterHostId = hosts.at(-1)!.hostId) {
    const page = await inventory.list({ limit: PAGE, ...(afterHostId !== undefined && { afterHostId }) });
    hosts.push(...page);
    if (page.length < PAGE) return hosts;
  }
}
