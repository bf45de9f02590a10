// The context of a client command: environment, streams, clock, and service clients, each opened on first use.
import { type AnalyzeService, analyzeApi } from '../api/analyze.ts';
import type { Bearer } from '../api/bearer.ts';
import { type ManageClient, manageApi } from '../api/manage.ts';
import { type DeadLetterService, persistApi } from '../api/persist.ts';
import { type WarnClient, warnApi } from '../api/warn.ts';
import type { ClientSettings } from './client-settings.ts';
import { type Environment, readEnvironment } from './environment.ts';

export type AnalyzeClient = Omit<AnalyzeService, 'findRecordsByLocation'>;

/** The only access of commands to the outside; tests pass their own. */
export type CliContext = {
  readonly environment: Environment;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly nowMs: () => number;
  readonly openManage: (settings: ClientSettings) => Promise<ManageClient>;
  readonly openPersist: (settings: ClientSettings) => Promise<DeadLetterService>;
  readonly openWarn: (settings: ClientSettings) => Promise<WarnClient>;
  readonly openAnalyze: (settings: ClientSettings) => Promise<AnalyzeClient>;
  /** Shows a text in a program of its own; false where there is no such program. Absent: nothing is paged. */
  readonly openPager?: (pager: string, text: string) => Promise<boolean>;
};

export function openCliContext(): CliContext {
  return {
    environment: readEnvironment(),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    nowMs: Date.now,
    async openPager(pager, text) {
      const { page } = await import('./pager.ts');
      return page(pager, text, readEnvironment());
    },
    async openManage(settings) {
      const { createHttpClient } = await import('../api/http/client.ts');
      return createHttpClient(manageApi, httpOptions(settings.manageHttp, settings));
    },
    async openPersist(settings) {
      const { createHttpClient } = await import('../api/http/client.ts');
      return createHttpClient(persistApi, httpOptions(settings.persistHttp, settings));
    },
    async openWarn(settings) {
      const { createHttpClient } = await import('../api/http/client.ts');
      return createHttpClient(warnApi, httpOptions(settings.warnHttp, settings));
    },
    async openAnalyze(settings) {
      const { createHttpClient } = await import('../api/http/client.ts');
      const http = createHttpClient(analyzeApi, httpOptions(settings.analyzeHttp, settings));
      return {
        ...http,
        watchLatest: (request, signal) =>
          overGrpc('WatchLatest', settings, (client) => client.watchLatest(request, signal)),
        backtest: (request, signal) =>
          overGrpc('Backtest', settings, (client) => client.backtest(request, signal)),
      };
    },
  };
}

export const bearerOf = ({ token, insecure }: Pick<ClientSettings, 'token' | 'insecure'>): Bearer => ({
  token: () => token,
  insecure,
});

const httpOptions = (address: string, settings: ClientSettings) => ({
  baseUrl: `${settings.tls ? 'https' : 'http'}://${address}`,
  timeoutMs: settings.timeoutMs,
  tls: settings.tls,
  onCall: settings.onCall,
  onServerTime: settings.onServerTime,
  bearer: bearerOf(settings),
});

/** gRPC is loaded only by what streams. */
async function* overGrpc<T>(
  method: string,
  settings: ClientSettings,
  call: (client: Pick<AnalyzeService, 'watchLatest' | 'backtest'>) => AsyncIterable<T>,
): AsyncGenerator<T> {
  const { createGrpcClient } = await import('../api/grpc/client.ts');
  const { analyzeGrpc: address, tls, onCall } = settings;
  const client = createGrpcClient(analyzeApi, { address, tls, bearer: bearerOf(settings) });
  const onEnd = onCall?.(`gRPC ${address} ${method}`);
  try {
    yield* call(client);
  } finally {
    onEnd?.('ended');
    await client.stop();
  }
}
