// Analyze in a thread of its own, for `up` over the embedded store; its service for the other daemons stays on the main loop.
import { MessageChannel } from 'node:worker_threads';
import type { AnalyzeService } from '../api/analyze.ts';
import type { ManageService } from '../api/manage.ts';
import { createAnalyzeService } from '../daemons/analyze/service.ts';
import { ExpectedError } from '../domain/errors.ts';
import { systemClock as clock } from '../runtime/clock.ts';
import type { Daemon } from '../runtime/lifecycle.ts';
import type { Logger } from '../runtime/logging.ts';
import { serveCalls, startWorker, type WorkerThread } from '../runtime/worker-call.ts';
import type { StorePorts } from '../store/embedded/queries.ts';
import type { StoreReader } from '../store/store.ts';
import type {
  AnalyzeThreadCall,
  AnalyzeThreadEvent,
  AnalyzeThreadSettings,
  StoreState,
} from './analyze-worker.ts';
import { workerUrl } from './environment.ts';

const STATE_EVERY_MS = 1_000;

type Thread = WorkerThread<AnalyzeThreadCall, undefined>;

export function createAnalyzeThread(
  settings: Pick<AnalyzeThreadSettings, 'options' | 'tls' | 'httpHosts'>,
  parts: {
    readonly store: StoreReader & { connect(): StorePorts };
    readonly manage: Pick<ManageService, 'listAssignments'>;
    readonly logger: Logger;
    readonly replaying?: (() => string | undefined) | undefined;
    readonly onFatal: (error: Error) => void;
  },
): Daemon & { readonly service: AnalyzeService } {
  const { store, manage, logger, replaying, onFatal } = parts;
  const stopping = new AbortController();
  let thread: Thread | undefined;
  let addresses: Readonly<Record<string, string>> = {};

  async function start(): Promise<void> {
    const { port1, port2 } = new MessageChannel();
    serveCalls<Parameters<ManageService['listAssignments']>[0]>(port1, (request) =>
      manage.listAssignments(request),
    );
    const ports = store.connect();
    const workerData: AnalyzeThreadSettings = {
      ...settings,
      ...{ logLevel: logger.level, store: ports, manage: port2 },
    };
    thread = await startWorker<AnalyzeThreadCall>({
      url: workerUrl('assembly/analyze-worker'),
      name: 'analyze',
      workerData,
      transferList: [port2, ports.writer, ports.reader],
      onEvent: ({ line }: AnalyzeThreadEvent) => forward(line, logger),
      onDeath(error) {
        const failure = new Error(`the thread of analyze failed: ${error.message}`, { cause: error });
        onFatal(failure);
        return failure;
      },
    });
    await tellState(thread);
    addresses = await thread.call({ op: 'start' });
    void keepTelling(thread);
  }

  const tellState = (to: Thread) => {
    const state: StoreState = {
      unhealthy: store.unhealthy(),
      notes: store.notes?.() ?? [],
      replaying: replaying?.(),
    };
    return to.call({ op: 'state', state });
  };

  /** Ends with the signal, or with the thread, whose death is told elsewhere. */
  async function keepTelling(to: Thread): Promise<void> {
    try {
      for (;;) {
        await clock.sleep(STATE_EVERY_MS, stopping.signal);
        await tellState(to);
      }
    } catch {}
  }

  return {
    name: 'analyze',
    start,
    async stop() {
      if (stopping.signal.aborted) return;
      stopping.abort();
      await thread
        ?.call({ op: 'stop' })
        .catch((error) => logger.warn(`analyze did not stop: ${error.message}`));
      await thread?.end(new ExpectedError('UNAVAILABLE', 'analyze is stopped'));
    },
    addresses: () => addresses,
    service: createAnalyzeService({ store, manage, clock, logger, replaying }),
  };
}

/** The thread's logger made it a line; the one here has its own form and place. */
function forward(line: string, logger: Logger): void {
  const { level, time: _, msg, ...rest } = JSON.parse(line) as { level: 'info'; time: string; msg?: string };
  logger[level](rest, msg);
}
