// A listener whose process is busy: clients that come together wait until they are accepted, and none has to try again.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createGrpcServer } from '../../src/api/grpc/server.ts';
import { createHttpServer } from '../../src/api/http/server.ts';
import { createHealth } from '../../src/runtime/health.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';

/** Above node's own backlog of 511. */
const CLIENTS = 1_000;
const ALLOWED = Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8'));

/** In another process, so that this one accepts nobody meanwhile: how many are connected, all of them or after 5 s. */
const CONNECT = `
  const { connect } = require('node:net');
  const [host, port] = process.argv[1].split(':');
  let connected = 0;
  const end = () => { process.stdout.write(String(connected)); process.exit(0); };
  setTimeout(end, 5000);
  for (let i = 0; i < ${CLIENTS}; i++) connect({ host, port }, () => ++connected === ${CLIENTS} && end());
`;

function connectedWhileBusy(address: string): number {
  const { stdout } = spawnSync(process.execPath, ['-e', CONNECT, address], { encoding: 'utf8' });
  return Number(stdout);
}

const health = createHealth();

for (const [wire, create] of [
  ['gRPC', () => createGrpcServer({ address: '127.0.0.1:0', services: [], health })],
  [
    'HTTP',
    () =>
      createHttpServer({
        address: '127.0.0.1:0',
        daemon: 'report',
        health,
        metrics: createMetrics('report'),
      }),
  ],
] as const) {
  test(`${CLIENTS} clients of ${wire} are connected while the process is busy`, async () => {
    const server = create();
    const address = await server.start();
    try {
      assert.equal(connectedWhileBusy(address), Math.min(CLIENTS, ALLOWED + 1));
    } finally {
      await server.stop();
    }
  });
}
