// The analyze and the manage daemon on free ports, each asking the other over real gRPC, on embedded backends.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { analyzeApi } from '../../src/api/analyze.ts';
import { createGrpcClient, type GrpcClient } from '../../src/api/grpc/client.ts';
import { manageApi } from '../../src/api/manage.ts';
import type { WarnService } from '../../src/api/warn.ts';
import type { Catalog } from '../../src/catalog/catalog.ts';
import { openSqliteCatalog } from '../../src/catalog/sqlite.ts';
import { createAnalyzeDaemon } from '../../src/daemons/analyze/analyze-daemon.ts';
import { analyzeOptions } from '../../src/daemons/analyze/options.ts';
import { createManageDaemon } from '../../src/daemons/manage/manage-daemon.ts';
import { manageOptions } from '../../src/daemons/manage/options.ts';
import { ExpectedError } from '../../src/domain/errors.ts';
import { createVirtualClock, type VirtualClock } from '../../src/runtime/clock.ts';
import { createLifecycle, type Daemon } from '../../src/runtime/lifecycle.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { createEmbeddedStore } from '../../src/store/embedded/store.ts';
import type { Store } from '../../src/store/store.ts';
import { type PutTicks, putInto } from './ticks.ts';

type AnalyzeClient = GrpcClient<typeof analyzeApi>;
type ManageClient = GrpcClient<typeof manageApi>;

export type Answer = { readonly status: number; readonly body: unknown };

export type TwoDaemons = {
  readonly store: Store;
  readonly put: PutTicks;
  readonly catalog: Catalog;
  readonly clock: VirtualClock;
  readonly daemons: { readonly analyze: Daemon; readonly manage: Daemon };
  readonly grpc: { readonly analyze: AnalyzeClient; readonly manage: ManageClient };
  get(daemon: 'analyze' | 'manage', path: string): Promise<Answer>;
  post(daemon: 'analyze' | 'manage', path: string, body: unknown): Promise<Answer>;
  stop(): Promise<void>;
};

const anyPort = { grpc: '127.0.0.1:0', http: '127.0.0.1:0' };

/** Some of the samples in tests are years old. */
const RETENTION_MS = 20 * 365 * 86_400_000;

type WarnCalls = Pick<WarnService, 'listAlerts' | 'listRuleHealth'>;
const down = async () => {
  throw new ExpectedError('UNREACHABLE', 'cannot reach warn at 127.0.0.1:8050');
};
const noWarn: WarnCalls = { listAlerts: down, listRuleHealth: down };

/** `store` replaces the embedded one; `warn` is down unless it is given. */
export async function openTwoDaemons(
  nowMs: number,
  given: { readonly store?: Store; readonly warn?: WarnCalls } = {},
): Promise<TwoDaemons> {
  const lifecycle = createLifecycle({
    onError: (message) => {
      throw new Error(message);
    },
  });
  const dir = mkdtempSync(join(tmpdir(), 'minimon-two-daemons-'));
  lifecycle.own('folder', dir, (path) => rmSync(path, { recursive: true, force: true }));
  const logger = silentLogger;
  const clock = createVirtualClock(nowMs);
  const path = join(dir, 'catalog.db');
  const catalog = lifecycle.own('catalog', await openSqliteCatalog({ path, logger, clock }), (one) =>
    one.stop(),
  );
  const embedded = { directory: join(dir, 'store'), retentionMs: RETENTION_MS, clock, logger };
  const store = lifecycle.own('store', given.store ?? (await createEmbeddedStore(embedded)), (one) =>
    one.stop(),
  );
  // Neither port is known before both daemons were made: each is called through what is filled in below.
  const grpc = {} as { analyze: AnalyzeClient; manage: ManageClient };
  const daemons = {
    analyze: createAnalyzeDaemon(analyzeOptions.parse(anyPort), {
      store,
      manage: { listAssignments: (request) => grpc.manage.listAssignments(request) },
      alerting: {
        listRules: () => grpc.manage.listRules(),
        ...(given.warn ?? noWarn),
      },
      clock,
      logger,
    }),
    manage: createManageDaemon(manageOptions.parse(anyPort), {
      catalog,
      analyze: {
        listReportingHosts: (request) => grpc.analyze.listReportingHosts(request),
        queryLatest: (request) => grpc.analyze.queryLatest(request),
      },
      clock,
      logger,
    }),
  };
  for (const daemon of Object.values(daemons)) {
    await daemon.start();
    lifecycle.own(daemon.name, daemon, (one) => one.stop());
  }
  const at = (daemon: Daemon) => ({ address: daemon.addresses()['grpc']!, timeoutMs: 5_000 });
  grpc.analyze = lifecycle.own('analyze client', createGrpcClient(analyzeApi, at(daemons.analyze)), (one) =>
    one.stop(),
  );
  grpc.manage = lifecycle.own('manage client', createGrpcClient(manageApi, at(daemons.manage)), (one) =>
    one.stop(),
  );

  const url = (daemon: 'analyze' | 'manage', target: string) =>
    `http://${daemons[daemon].addresses()['http']}${target}`;
  const answerOf = async (response: Response): Promise<Answer> => {
    const text = await response.text();
    const json = response.headers.get('content-type')?.startsWith('application/json');
    return { status: response.status, body: json ? JSON.parse(text) : text };
  };
  return {
    store,
    catalog,
    clock,
    daemons,
    grpc,
    put: putInto(store),
    get: async (daemon, target) => answerOf(await fetch(url(daemon, target))),
    post: async (daemon, target, body) =>
      answerOf(
        await fetch(url(daemon, target), {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
      ),
    stop: () => lifecycle.stop(),
  };
}
