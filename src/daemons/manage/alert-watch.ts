// The configuration of alerts as a stream: all of it at the start and after each change, whoever made it.
import type { ManageService } from '../../api/manage.ts';
import type { Inventory } from '../../catalog/catalog.ts';
import { inventoryEntries } from './inventory-entries.ts';
import { type AlertParts, rulesOf } from './rules.ts';

/** Another manage may have changed it, or the inventory: the catalog is asked so often. */
const POLL_MS = 1_000;

export function createAlertWatch({
  records,
  clock,
  inventory,
}: Pick<AlertParts, 'records' | 'clock'> & { readonly inventory: Pick<Inventory, 'list'> }): Pick<
  ManageService,
  'watchAlertConfiguration'
> & {
  /** Something was changed here: whoever follows hears of it now and not with the next look. */
  readonly changed: () => void;
} {
  const sleeping = new Set<AbortController>();

  async function read() {
    const { version, silences, receivers, ...rest } = await records.read();
    const assignments: { readonly hostId: string; readonly location: string }[] = [];
    for await (const { hostId, location } of inventoryEntries(inventory)) {
      if (location !== undefined) assignments.push({ hostId, location });
    }
    return {
      version,
      rules: rulesOf(rest),
      silences,
      receivers: receivers.map(({ options, activeTimes: _, ...route }) => ({
        ...route,
        options: JSON.stringify(options),
      })),
      assignments,
    };
  }

  return {
    changed() {
      for (const one of sleeping) one.abort();
    },
    async *watchAlertConfiguration(_request, signal) {
      let sent = '';
      while (!signal.aborted) {
        const configuration = await read();
        const text = JSON.stringify(configuration);
        if (text !== sent) yield configuration;
        sent = text;
        const woken = new AbortController();
        sleeping.add(woken);
        await clock.sleep(POLL_MS, AbortSignal.any([signal, woken.signal])).catch(() => {});
        sleeping.delete(woken);
      }
    },
  };
}
