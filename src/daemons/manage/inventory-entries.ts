// Reads the inventory page by page, and makes the errors for unknown hosts and locations.
import type { Inventory, InventoryHost } from '../../catalog/catalog.ts';
import { listed } from '../../domain/counting.ts';
import { nearest } from '../../domain/did-you-mean.ts';
import { ExpectedError } from '../../domain/errors.ts';
import { checkHostId, idError } from '../../domain/names.ts';
import { hostUnknown } from '../../domain/unknown-names.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logging.ts';
import type { ReportingHostsCache, ReportingView } from './reporting-hosts.ts';

/** What each part of the service works with. */
export type ServiceParts = {
  readonly inventory: Inventory;
  readonly reporting: ReportingHostsCache;
  readonly clock: Clock;
  readonly logger: Logger;
};

export const INVENTORY_PAGE = 2_000;

/** Inventory entries in byte order of host id. */
export async function* inventoryEntries(
  inventory: Pick<Inventory, 'list'>,
  query: { readonly location?: string; readonly afterHostId?: string; readonly page?: number } = {},
): AsyncGenerator<InventoryHost> {
  const { page = INVENTORY_PAGE, afterHostId, ...where } = query;
  for (let after = afterHostId; ; ) {
    const rows = await inventory.list({ ...where, ...(after && { afterHostId: after }), limit: page });
    yield* rows;
    if (rows.length < page) return;
    after = rows.at(-1)!.hostId;
  }
}

export async function unknownHost(
  inventory: Pick<Inventory, 'list'>,
  hostId: string,
  view?: ReportingView,
): Promise<ExpectedError> {
  const ids = new Set(view?.ids);
  for await (const entry of inventoryEntries(inventory)) ids.add(entry.hostId);
  if (!view?.hosts.has(hostId)) return hostUnknown(hostId, ids);
  return new ExpectedError('HOST_UNKNOWN', `host ${hostId} reports, but is not in the inventory`, {
    hint: `Assign it first: minimon hosts assign ${hostId} --location LOCATION`,
  });
}

/**
 * BAD_ID, unless such a host is there: earlier versions took ids that are refused today, and what is there can be shown and
 * removed.
 */
export async function checkHostIds(
  hostIds: readonly string[],
  { inventory, reporting }: Pick<ServiceParts, 'inventory' | 'reporting'>,
): Promise<void> {
  const refused = hostIds.filter((hostId) => idError(hostId) !== undefined);
  if (refused.length === 0) return;
  const { hosts } = await reporting.current();
  for (const hostId of refused) {
    const entry = await inventory.find({ hostId });
    if (entry?.hostId !== hostId && !hosts.has(hostId)) checkHostId(hostId);
  }
}

const UNSEEN_NAMED = 3;

/** What is said of hosts that are neither in the inventory nor report. */
export async function neverSeen(
  hostIds: readonly string[],
  { inventory, view }: { readonly inventory: Pick<Inventory, 'list'>; readonly view: ReportingView },
): Promise<ExpectedError> {
  const named = listed(hostIds, UNSEEN_NAMED);
  const all = '--new (in a request: "new": true) adds hosts that never reported.';
  if (view.warning !== undefined) {
    return new ExpectedError('UNAVAILABLE', `not in the inventory: ${named}; ${view.warning}`, {
      hint: `Retry when analyze answers again. ${all}`,
    });
  }
  const ids = new Set(view.ids);
  for await (const entry of inventoryEntries(inventory)) ids.add(entry.hostId);
  const near = nearest(hostIds[0]!, ids);
  const meant =
    near === undefined ? '' : `Did you mean ${near}${hostIds.length > 1 ? ` for ${hostIds[0]}` : ''}? `;
  const message = `${named} ${hostIds.length === 1 ? 'has' : 'have'} never reported`;
  return new ExpectedError('HOST_UNKNOWN', message, { hint: `${meant}${all} Nothing was changed.` });
}
