// Entry of analyze's thread in `up`: its listeners and what they answer stay off the loop that acknowledges reports.
import { Writable } from 'node:stream';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { ManageService } from '../api/manage.ts';
import type { TlsMaterial } from '../api/tls.ts';
import { createAnalyzeDaemon } from '../daemons/analyze/analyze-daemon.ts';
import type { AnalyzeOptions } from '../daemons/analyze/options.ts';
import { systemClock as clock } from '../runtime/clock.ts';
import type { Daemon } from '../runtime/lifecycle.ts';
import { createLogger } from '../runtime/logging.ts';
import { createCaller, openWorker, serveCalls } from '../runtime/worker-call.ts';
import { connectQueries, type StorePorts } from '../store/embedded/queries.ts';

export type AnalyzeThreadSettings = {
  readonly options: AnalyzeOptions;
  readonly tls: TlsMaterial | undefined;
  readonly httpHosts: readonly string[];
  readonly logLevel: string;
  readonly store: StorePorts;
  readonly manage: MessagePort;
};
export type StoreState = {
  readonly unhealthy: string | undefined;
  readonly notes: readonly string[];
  /** Whether persist's start-up replay is under way, in words. */
  readonly replaying: string | undefined;
};
export type AnalyzeThreadCall =
  /** Answers with the daemon's addresses. */
  | { readonly op: 'start' }
  /** How the store is, by its own word. */
  | { readonly op: 'state'; readonly state: StoreState }
  | { readonly op: 'stop' };
/** A line of the log, as JSON. */
export type AnalyzeThreadEvent = { readonly line: string };

type ListAssignments = Parameters<ManageService['listAssignments']>[0];

const settings = workerData as AnalyzeThreadSettings;
const main = parentPort;
if (!main) throw new Error('this file is a thread of `up`; it is started by analyze-thread.ts');

openWorker(main, () => {
  let state: StoreState = { unhealthy: undefined, notes: [], replaying: undefined };
  let daemon: Daemon | undefined;
  const manage = createCaller<ListAssignments>(settings.manage);
  const { event } = serveCalls<AnalyzeThreadCall>(main, async (call) => {
    switch (call.op) {
      case 'start':
        daemon = await createDaemon();
        await daemon.start();
        return daemon.addresses();
      case 'state':
        state = call.state;
        return;
      case 'stop':
        return daemon?.stop();
    }
  });

  async function createDaemon(): Promise<Daemon> {
    const { options, tls, httpHosts, logLevel } = settings;
    const lines = new Writable({
      write(line, _encoding, done) {
        event({ line: String(line) } satisfies AnalyzeThreadEvent);
        done();
      },
    });
    return createAnalyzeDaemon(options, {
      ...{ clock, tls, httpHosts },
      logger: await createLogger({ level: logLevel, format: 'json' }, lines),
      manage: { listAssignments: (request) => manage.call(request) },
      replaying: () => state.replaying,
      store: {
        ...connectQueries(settings.store, clock),
        unhealthy: () => state.unhealthy,
        notes: () => state.notes,
      },
    });
  }
});
