// The analyze and the manage daemon on free ports, each asking the other over real gRPC, on a real catalog and a store.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AnalyzeClient, createAnalyzeClient } from '../../src/api/grpc/analyze-client.ts';
import { createManageClient, type ManageClient } from '../../src/api/grpc/manage-client.ts';
import type { Catalog } from '../../src/catalog/catalog.ts';
import { openSqliteCatalog } from '../../src/catalog/sqlite.ts';
import { createAnalyzeDaemon } from '../../src/daemons/analyze/analyze-daemon.ts';
import { analyzeOptions } from '../../src/daemons/analyze/options.ts';
import { createManageDaemon } from '../../src/daemons/manage/manage-daemon.ts';
import { manageOptions } from '../../src/daemons/manage/options.ts';
import { createVirtualClock, type VirtualClock } from '../../src/runtime/clock.ts';
import { createLifecycle, type Daemon } from '../../src/runtime/lifecycle.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { createMemoryStore, type MemoryStore } from './memory-store.ts';

export type Answer = { readonly status: number; readonly body: unknown };

export type TwoDaemons = {
  readonly store: MemoryStore;
  readonly catalog: Catalog;
  readonly clock: VirtualClock;
  readonly daemons: { readonly analyze: Daemon; readonly manage: Daemon };
  readonly grpc: { readonly analyze: AnalyzeClient; readonly manage: ManageClient };
  get(daemon: 'analyze' | 'manage', path: string): Promise<Answer>;
  post(daemon: 'analyze' | 'manage', path: string, body: unknown): Promise<Answer>;
  stop(): Promise<void>;
};

const anyPort = { grpc: '127.0.0.1:0', http: '127.0.0.1:0' };

export async function openTwoDaemons(nowMs: number): Promise<TwoDaemons> {
  const lifecycle = createLifecycle({
    onTrouble: (message) => {
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
  const store = createMemoryStore();
  // Neither port is known before both daemons were made: each is called through what is filled in below.
  const grpc = {} as { analyze: AnalyzeClient; manage: ManageClient };
  const daemons = {
    analyze: createAnalyzeDaemon(analyzeOptions.parse(anyPort), {
      store,
      manage: { listAssignments: (request) => grpc.manage.listAssignments(request) },
      clock,
      logger,
    }),
    manage: createManageDaemon(manageOptions.parse(anyPort), {
      catalog,
      analyze: { listReportingHosts: (request) => grpc.analyze.listReportingHosts(request) },
      clock,
      logger,
    }),
  };
  for (const daemon of Object.values(daemons)) {
    await daemon.start();
    lifecycle.own(daemon.name, daemon, (one) => one.stop());
  }
  const at = (daemon: Daemon) => ({ address: daemon.addresses()['grpc']!, timeoutMs: 5_000 });
  grpc.analyze = lifecycle.own('analyze client', createAnalyzeClient(at(daemons.analyze)), (one) =>
    one.stop(),
  );
  grpc.manage = lifecycle.own('manage client', createManageClient(at(daemons.manage)), (one) => one.stop());

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
