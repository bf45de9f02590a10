// The persist daemon: its service, with probes, metrics and dead letters over HTTP, ready while records move and the store is healthy.
import { apiRoutes } from '../../api/http/routes.ts';
import { persistApi } from '../../api/persist.ts';
import type { Daemon } from '../../runtime/lifecycle.ts';
import { countCalls, createDaemonBase, type DaemonParts } from '../daemon.ts';
import { createLocations } from '../locations.ts';
import { createDeadLetterService } from './dead-letters.ts';
import type { PersistOptions } from './options.ts';
import { createRemoteWrite } from './remote-write.ts';
import { createPersistService, type PersistParts } from './service.ts';

/** Bus, store and dead letters belong to the caller, who stops them after the daemon. */
export function createPersistDaemon(
  options: PersistOptions,
  parts: Omit<PersistParts, 'metrics'> &
    DaemonParts & {
      /** For the locations in what is sent on; without it there are none. */
      readonly manage?: Parameters<typeof createLocations>[0]['manage'];
      /** For how far they are sent on. */
      readonly directory?: string;
    },
): Daemon & { readonly replaying: () => string | undefined } {
  const { bus, store, clock } = parts;
  const base = createDaemonBase('persist', parts);
  const { health, metrics } = base;
  const { url } = options.remoteWrite;
  const locations = parts.manage && createLocations({ ...parts, manage: parts.manage });
  const remoteWrite =
    url === undefined
      ? undefined
      : createRemoteWrite({ ...options.remoteWrite, url }, { ...parts, locations, metrics });
  const service = createPersistService({ ...parts, metrics });
  base.backend('store', () => store.unhealthy());
  health.note(() => store.notes?.().join('; '));
  health.check('progress', () => service.unhealthy());
  health.check('replay', () => service.replaying());
  health.note(() => service.clockNote());
  health.note(() => remoteWrite?.note());
  health.note(() => bus.notes?.().join('; '));
  health.note(() =>
    service
      .lags()
      .map(
        (lag) => `partition ${lag.partition}: ${lag.unread} records unread, ${lag.uncommitted} uncommitted`,
      )
      .join('; '),
  );
  health.note(() =>
    service
      .lost()
      .map((gap) => `partition ${gap.partition}: ${gap.records} records lost (${gap.from} to ${gap.to})`)
      .join('; '),
  );
  const letters = countCalls(createDeadLetterService(parts), metrics);
  const daemon = base.daemon(async () => {
    await base.listenHttp(options.admin, {
      routes: [apiRoutes(persistApi, letters, () => clock.nowMs())],
      openapi: { title: 'minimon persist', description: 'What could not be stored.' },
    });
    if (remoteWrite) {
      base.own('remote write', remoteWrite, (started) => started.stop());
      await remoteWrite.start();
    }
    base.own('persist consumer', service, (started) => started.stop());
    await service.start();
  });
  return { ...daemon, replaying: () => service.replaying() };
}
