// What warn works with besides the bus: a catalog on disk, a configuration that tests change, and its notifier.
import { join } from 'node:path';
import { openSqliteCatalog } from '../../src/catalog/sqlite.ts';
import { createManageService } from '../../src/daemons/manage/service.ts';
import { createLease } from '../../src/daemons/warn/lease.ts';
import { createNotifier, type NotifierParts } from '../../src/daemons/warn/notification/notifier.ts';
import { createReceiverOpener } from '../../src/receivers/kinds.ts';
import { type Clock, systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';
import { directory, owned } from '../report/ticks.ts';
import type { InFlight } from './in-flight.ts';

/** manage over a catalog of its own in `path`, as `up` has it. */
export async function alertBackends(
  path = directory(),
  clock: Clock = systemClock,
  polls: Clock = systemClock,
) {
  const catalog = owned(
    await openSqliteCatalog({ path: join(path, 'catalog.sqlite'), logger: silentLogger, clock }),
  );
  const analyze = {
    listReportingHosts: async () => ({ nowMs: clock.nowMs(), hosts: [], watermarks: [] }),
    queryLatest: async () => ({ nowMs: clock.nowMs(), samples: [], warnings: [] }),
  };
  const manageClock = { ...polls, nowMs: clock.nowMs };
  const manage = createManageService({ catalog, analyze, clock: manageClock, logger: silentLogger });
  return { catalog, manage, instance: 'this' };
}

export async function alertParts(
  clock: Clock,
  path = directory(),
  {
    receivers = (open) => open,
    polls = systemClock,
    ...hooks
  }: Pick<NotifierParts, 'acknowledgementOf' | 'stateOf' | 'onDelivery'> & {
    readonly receivers?: InFlight['receivers'];
    readonly polls?: Clock;
  } = {},
) {
  const { catalog, manage } = await alertBackends(path, clock, polls);
  const notifier = owned(
    createNotifier({
      clock,
      logger: silentLogger,
      metrics: createMetrics('warn'),
      catalog,
      openReceiver: receivers(createReceiverOpener({ clock, logger: silentLogger })),
      ...hooks,
    }),
  );
  const lease = owned(createLease({ store: catalog.warnLease, holder: 'this', clock, logger: silentLogger }));
  return { catalog, manage, notifier, lease };
}
