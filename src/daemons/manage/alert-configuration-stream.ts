// The alert configuration as a stream: a full snapshot first, then changes, also those of other manage processes.
import { setImmediate } from 'node:timers/promises';
import type { ManageService } from '../../api/manage.ts';
import type { Inventory, InventoryHost } from '../../catalog/catalog.ts';
import { printActiveTimes } from '../../domain/alerting/active-times.ts';
import { INVENTORY_PAGE } from './inventory-entries.ts';
import { type AlertParts, rulesOf } from './rules.ts';

/** Poll interval of the catalog's versions: another manage may have changed configuration or inventory. */
const POLL_MS = 1_000;

type Watch = ManageService['watchAlertConfiguration'];
type Configuration = ReturnType<Watch> extends AsyncIterable<infer Each> ? Each : never;

type Versions = { readonly configuration: number; readonly inventory: number };

export function createAlertConfigurationStream({
  records,
  clock,
  inventory,
}: Pick<AlertParts, 'records' | 'clock'> & {
  readonly inventory: Pick<Inventory, 'list' | 'version' | 'changedHosts'>;
}): {
  readonly watchAlertConfiguration: Watch;
  /** Notifies followers immediately after a local change. */
  readonly changed: () => void;
} {
  const sleeping = new Set<AbortController>();

  async function readConfiguration(part: Configuration['part']): Promise<Configuration> {
    const { version, silences, receivers, ...rest } = await records.read();
    return {
      part,
      more: false,
      version,
      rules: rulesOf(rest),
      silences,
      receivers: receivers.map(({ options, activeTimes, ...route }) => ({
        ...route,
        activeTimes: activeTimes.map(printActiveTimes),
        options: JSON.stringify(options),
      })),
      assignments: [],
      unassigned: [],
    };
  }

  /** A page a message: other work has its turn between two of them. */
  async function* all(): AsyncGenerator<Configuration> {
    let message = await readConfiguration('all');
    for (let after: string | undefined; ; ) {
      const page = { limit: INVENTORY_PAGE, ...(after !== undefined && { afterHostId: after }) };
      const hosts = await inventory.list(page);
      const more = hosts.length === INVENTORY_PAGE;
      yield { ...message, assignments: assignmentsOf(hosts), more };
      if (!more) return;
      after = hosts.at(-1)!.hostId;
      message = assignmentsMessage(message.version);
      await setImmediate();
    }
  }

  async function* assignmentChanges(version: number, afterInventory: number) {
    for (let after = afterInventory; ; ) {
      const changed = await inventory.changedHosts({ afterVersion: after, limit: INVENTORY_PAGE });
      const hosts = await inventory.list({ hosts: changed.hostIds, limit: INVENTORY_PAGE });
      const assignments = assignmentsOf(hosts);
      const assigned = new Set(assignments.map(({ hostId }) => hostId));
      const unassigned = changed.hostIds.filter((hostId) => !assigned.has(hostId));
      const { more } = changed;
      // The last one is sent also when it is empty: the one before it said that more follows.
      yield { ...assignmentsMessage(version), assignments, unassigned, more };
      if (!more) return;
      after = changed.version;
      await setImmediate();
    }
  }

  async function* changes(sent: Versions | undefined, now: Versions): AsyncGenerator<Configuration> {
    // A version that went back is another catalog.
    if (sent === undefined || now.inventory < sent.inventory || now.configuration < sent.configuration) {
      yield* all();
      return;
    }
    if (now.configuration !== sent.configuration) yield await readConfiguration('configuration');
    if (now.inventory !== sent.inventory) yield* assignmentChanges(now.configuration, sent.inventory);
  }

  return {
    changed() {
      for (const one of sleeping) one.abort();
    },
    async *watchAlertConfiguration(_request, signal) {
      let sent: Versions | undefined;
      while (!signal.aborted) {
        const woken = new AbortController();
        // Before the versions are read: a change while they are would be missed until the next look.
        sleeping.add(woken);
        try {
          const now = { configuration: await records.version(), inventory: await inventory.version() };
          yield* changes(sent, now);
          sent = now;
          await clock.sleep(POLL_MS, AbortSignal.any([signal, woken.signal])).catch(() => {});
        } finally {
          sleeping.delete(woken);
        }
      }
    },
  };
}

const assignmentsMessage = (version: number): Configuration => ({
  part: 'assignments',
  more: false,
  version,
  rules: [],
  silences: [],
  receivers: [],
  assignments: [],
  unassigned: [],
});

const assignmentsOf = (hosts: readonly InventoryHost[]) =>
  hosts.flatMap(({ hostId, location }) => (location === undefined ? [] : { hostId, location }));
