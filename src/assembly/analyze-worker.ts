// Runs analyze in the reader thread of the embedded store, for `up`: its listeners and answers stay off the main thread
// that acknowledges reports, and answers are written to the socket without crossing threads.
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { Writable } from 'node:stream';
import type { MessagePort } from 'node:worker_threads';
import type { ManageService } from '../api/manage.ts';
import type { AlertingSource } from '../api/prometheus/alerting.ts';
import type { TlsMaterial } from '../api/tls.ts';
import { createAnalyzeDaemon } from '../daemons/analyze/analyze-daemon.ts';
import type { AnalyzeOptions } from '../daemons/analyze/options.ts';
import type { CallerChecks } from '../daemons/daemon.ts';
import { systemClock as clock } from '../runtime/clock.ts';
import type { Daemon } from '../runtime/lifecycle.ts';
import { createLogger } from '../runtime/logging.ts';
import { createCaller, serveCalls } from '../runtime/worker-call.ts';
import type { GuestQueries } from '../store/embedded/guest.ts';

export type AnalyzeThreadSettings = {
  readonly options: AnalyzeOptions;
  readonly tls: TlsMaterial | undefined;
  readonly httpHosts: readonly string[];
  readonly checks: Omit<CallerChecks, 'sync'>;
  readonly logLevel: string;
  /** What AnalyzeThreadCalls come through. */
  readonly calls: MessagePort;
  /** What PeerCalls go through. */
  readonly peers: MessagePort;
};
/** What analyze asks of the other daemons. */
export type AnalyzePeers = Pick<ManageService, 'listAssignments' | 'syncTokens'> & AlertingSource;
export type PeerCall = { readonly name: keyof AnalyzePeers; readonly request: object };
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

/** A third of a core where the threads that acknowledge and store want all of it. Alone it has as much as they. */
const NICE = 5;

/** Called by the reader thread, see store/embedded/guest.ts. */
export function openGuest(settings: AnalyzeThreadSettings, queries: GuestQueries): void {
  yieldToOthers();
  let state: StoreState = { unhealthy: undefined, notes: [], replaying: undefined };
  let daemon: Daemon | undefined;
  const peers = createCaller<PeerCall>(settings.peers);
  const alerting: AlertingSource = {
    listRules: () => peers.call({ name: 'listRules', request: {} }),
    listAlerts: (request) => peers.call({ name: 'listAlerts', request }),
    listRuleHealth: () => peers.call({ name: 'listRuleHealth', request: {} }),
  };
  const { event } = serveCalls<AnalyzeThreadCall>(settings.calls, async (call) => {
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
    const { options, tls, httpHosts, checks, logLevel } = settings;
    const lines = new Writable({
      write(line, _encoding, done) {
        event({ line: String(line) } satisfies AnalyzeThreadEvent);
        done();
      },
    });
    return createAnalyzeDaemon(options, {
      ...{ clock, tls, httpHosts },
      callers: { ...checks, sync: (request) => peers.call({ name: 'syncTokens', request }) },
      logger: await createLogger({ level: logLevel, format: 'json' }, lines),
      manage: { listAssignments: (request) => peers.call({ name: 'listAssignments', request }) },
      alerting,
      replaying: () => state.replaying,
      store: { ...queries, unhealthy: () => state.unhealthy, notes: () => state.notes },
    });
  }
}

/** Where the system has priorities of threads, as Linux has: anybody may raise a `nice`. */
function yieldToOthers(): void {
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    setPriority(thread, NICE);
  } catch {
    // Elsewhere it has its share like the others.
  }
}
