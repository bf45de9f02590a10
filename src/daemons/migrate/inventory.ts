// Carries hosts and their rooms from one inventory to another, and leaves alone what is there already.
import type { Inventory, InventoryHost } from '../../catalog/catalog.ts';

export type CarriedInventory = {
  readonly hosts: number;
  readonly rooms: number;
  readonly added: number;
  /** There already, in the same room ... */
  readonly same: number;
  /** ... and in another one, where they stay: somebody has moved them there. */
  readonly elsewhere: readonly string[];
};

const PAGE = 1_000;
const ACTOR = 'migrate';

export async function carryInventory(
  source: Pick<Inventory, 'list'>,
  target: Pick<Inventory, 'list' | 'assign' | 'unassign'>,
): Promise<CarriedInventory> {
  // In the order in which they came, so that their numbers rise in the same order.
  const hosts = (await allOf(source)).sort((a, b) => a.id - b.id);
  const there = new Map((await allOf(target)).map((host) => [host.hostId, host]));
  const fresh = hosts.filter(({ hostId }) => !there.has(hostId));
  const rooms = new Set(hosts.flatMap(({ location }) => location ?? []));
  for (let at = 0; at < fresh.length; at += PAGE) {
    await target.assign(
      fresh
        .slice(at, at + PAGE)
        .flatMap(({ hostId, location }) => (location === undefined ? [] : { hostId, location })),
      ACTOR,
    );
  }
  await carryRoomless(fresh, { target, rooms });
  const known = hosts.filter(({ hostId }) => there.has(hostId));
  const elsewhere = known.filter(({ hostId, location }) => there.get(hostId)!.location !== location);
  return {
    hosts: hosts.length,
    rooms: rooms.size,
    added: fresh.length,
    same: known.length - elsewhere.length,
    elsewhere: elsewhere.map(({ hostId }) => hostId),
  };
}

/** Hosts that were taken out of their room come in through some room of the others and are taken out of it again. */
async function carryRoomless(
  fresh: readonly InventoryHost[],
  { target, rooms }: { target: Pick<Inventory, 'assign' | 'unassign'>; rooms: ReadonlySet<string> },
): Promise<void> {
  const hostIds = fresh.filter(({ location }) => location === undefined).map(({ hostId }) => hostId);
  const [location = 'unassigned'] = rooms;
  for (let at = 0; at < hostIds.length; at += PAGE) {
    const some = hostIds.slice(at, at + PAGE);
    await target.assign(
      some.map((hostId) => ({ hostId, location })),
      ACTOR,
    );
    await target.unassign(some, ACTOR);
  }
}

async function allOf(inventory: Pick<Inventory, 'list'>): Promise<InventoryHost[]> {
  const hosts: InventoryHost[] = [];
  for (let afterHostId: string | undefined; ; afterHostId = hosts.at(-1)!.hostId) {
    const page = await inventory.list({ limit: PAGE, ...(afterHostId !== undefined && { afterHostId }) });
    hosts.push(...page);
    if (page.length < PAGE) return hosts;
  }
}
