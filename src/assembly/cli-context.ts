// What a client command works with: the surroundings, and the services over the network, each opened on first use.
import { type AnalyzeService, analyzeApi } from '../api/analyze.ts';
import { type ManageService, manageApi } from '../api/manage.ts';
import type { ClientSettings } from './client-settings.ts';
import { type Environment, readEnvironment } from './program.ts';

export type AnalyzeClient = Omit<AnalyzeService, 'findRecordsByLocation'>;

/** Tests write this down; commands reach the outside only through it. */
export type CliContext = {
  readonly environment: Environment;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly nowMs: () => number;
  readonly openManage: (settings: ClientSettings) => Promise<ManageService>;
  readonly openAnalyze: (settings: ClientSettings) => Promise<AnalyzeClient>;
};

export function openCliContext(): CliContext {
  return {
    environment: readEnvironment(),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    nowMs: Date.now,
    async openManage({ manageHttp, timeoutMs }) {
      const { createHttpClient } = await import('../api/http/client.ts');
      return createHttpClient(manageApi, { baseUrl: `http://${manageHttp}`, timeoutMs });
    },
    async openAnalyze({ analyzeHttp, analyzeGrpc, timeoutMs }) {
      const { createHttpClient } = await import('../api/http/client.ts');
      const http = createHttpClient(analyzeApi, { baseUrl: `http://${analyzeHttp}`, timeoutMs });
      return {
        ...http,
        watchLatest: (request, signal) => watchOverGrpc({ address: analyzeGrpc, request, signal }),
      };
    },
  };
}

/** gRPC is loaded only by what streams. */
async function* watchOverGrpc(options: {
  readonly address: string;
  readonly request: Parameters<AnalyzeService['watchLatest']>[0];
  readonly signal: AbortSignal;
}): ReturnType<AnalyzeService['watchLatest']> {
  const { createGrpcClient } = await import('../api/grpc/client.ts');
  const client = createGrpcClient(analyzeApi, { address: options.address });
  try {
    yield* client.watchLatest(options.request, options.signal);
  } finally {
    await client.stop();
  }
}
