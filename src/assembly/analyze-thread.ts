// Runs analyze in the reader thread of the embedded store, for `up` (analyze-worker.ts). Its
// service for the other daemons stays on the main thread.
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { AnalyzeService } from '../api/analyze.ts';
import type { ManageService } from '../api/manage.ts';
import type { AlertingSource } from '../api/prometheus/alerting.ts';
import { createAnalyzeService } from '../daemons/analyze/service.ts';
import { ExpectedError } from '../domain/errors.ts';
import { systemClock as clock } from '../runtime/clock.ts';
import type { Daemon } from '../runtime/lifecycle.ts';
import type { Logger } from '../runtime/logging.ts';
import { type Caller, createCaller, serveCalls } from '../runtime/worker-call.ts';
import type { Guest } from '../store/embedded/guest.ts';
import type { StoreReader } from '../store/store.ts';
import type {
  AnalyzePeers,
  AnalyzeThreadCall,
  AnalyzeThreadEvent,
  AnalyzeThreadSettings,
  PeerCall,
  StoreState,
} from './analyze-worker.ts';
import { workerUrl } from './environment.ts';

const STATE_EVERY_MS = 1_000;

/** The store reports the failure of the thread. */
export function createAnalyzeThread(
  settings: Pick<AnalyzeThreadSettings, 'options' | 'tls' | 'httpHosts' | 'checks'>,
  parts: {
    readonly store: StoreReader & { host(guest: Guest): Promise<void> };
    readonly manage: Pick<ManageService, 'listAssignments' | 'syncTokens'>;
    readonly alerting: AlertingSource;
    readonly logger: Logger;
    readonly replaying?: (() => string | undefined) | undefined;
  },
): Daemon & { readonly service: AnalyzeService } {
  const { store, manage, alerting, logger, replaying } = parts;
  const stopping = new AbortController();
  let thread: Caller<AnalyzeThreadCall> | undefined;
  let addresses: Readonly<Record<string, string>> = {};
  const ports: MessagePort[] = [];

  async function start(): Promise<void> {
    const [calls, peers] = [new MessageChannel(), new MessageChannel()];
    ports.push(calls.port1, peers.port1);
    const services: AnalyzePeers = {
      ...{ listAssignments: manage.listAssignments, syncTokens: manage.syncTokens },
      ...alerting,
    };
    serveCalls<PeerCall>(peers.port1, ({ name, request }) => services[name](request as never));
    const caller = createCaller<AnalyzeThreadCall>(calls.port1, ({ line }: AnalyzeThreadEvent) =>
      forward(line, logger),
    );
    calls.port1.once('close', () => caller.close(new ExpectedError('UNAVAILABLE', 'analyze is stopped')));
    const data: AnalyzeThreadSettings = {
      ...settings,
      ...{ logLevel: logger.level, calls: calls.port2, peers: peers.port2 },
    };
    await store.host({
      ...{ url: workerUrl('assembly/analyze-worker'), data },
      transfer: [calls.port2, peers.port2],
    });
    thread = caller;
    await tellState(caller);
    addresses = await caller.call({ op: 'start' });
    void keepTelling(caller);
  }

  const tellState = (to: Caller<AnalyzeThreadCall>) => {
    const state: StoreState = {
      unhealthy: store.unhealthy(),
      notes: store.notes?.() ?? [],
      replaying: replaying?.(),
    };
    return to.call({ op: 'state', state });
  };

  /** Ends with the signal, or with the thread, whose failure the store reports. */
  async function keepTelling(to: Caller<AnalyzeThreadCall>): Promise<void> {
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
      for (const port of ports) port.close();
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
