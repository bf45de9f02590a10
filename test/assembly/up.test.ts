// `minimon up` as a process of its own: first metrics, an orderly end, its data again, and what stands in its way.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { createReportClient } from '../../src/api/grpc/report-client.ts';
import { createStaticDiscovery } from '../../src/discovery/discovery.ts';
import { PORTS } from '../../src/domain/address.ts';
import { displayWidth } from '../../src/terminal/text.ts';
import { encodeRequest, encodeTick } from '../../src/wire/tick-writer.ts';
import { tick } from '../report/ticks.ts';
import { until } from '../until.ts';
import { lettingIn } from './forwarded-calls.ts';
import { installProgram, temporary } from './installed-program.ts';

const program = installProgram();
const data = join(temporary('up'), 'data');
const host = ['--host-id', 'here'];

/** The points of one metric of a host, as analyze tells them. */
async function records(offset: number, hostId: string): Promise<ReadonlyMap<number, number>> {
  const stop = new Date().toISOString();
  const start = new Date(Date.now() - 3_600_000).toISOString();
  const query = `host=${hostId}&metric=cpu.usage&start_at=${start}&stop_at=${stop}`;
  const answer = await fetch(`http://127.0.0.1:${PORTS.analyzeHttp + offset}/api/v1/records?${query}`);
  // Before its first tick is stored a host is unknown.
  assert.ok([200, 404].includes(answer.status), `status ${answer.status}`);
  const { series = [] } = (await answer.json()) as { series?: { times_ms: number[]; values: number[] }[] };
  return new Map(series.flatMap(({ times_ms, values }) => times_ms.map((time, i) => [time, values[i]!])));
}

test('first metrics at once without a terminal, an orderly end on Ctrl-C, and the same data again', async () => {
  const up = await program.startUp(data, host);
  await up.wait(/\ntry /);
  const out = up.stdout().split('\n');
  assert.deepEqual(
    out.slice(0, 7).map((line) => line.split(/ +/)[0]),
    ['persist', 'analyze', 'manage', 'warn', 'report', 'agent', 'ready'],
  );
  assert.match(
    out[1]!,
    new RegExp(`^analyze {2}grpc 127\\.0\\.0\\.1:${PORTS.analyzeGrpc + up.offset} {2}http `),
  );
  assert.equal(out[6], `ready    here reports into ${data}`);
  assert.match(up.stdout(), /\nHOST .*\nhere +reporting +\d/);
  // By the times that stand in the output: a slow machine must not fail this.
  const [, sampled = ''] = /\nhere .* (\d{4}-\S+Z)/.exec(up.stdout()) ?? [];
  const [, started = ''] = /"time":"([^"]+)"[^\n]*"agent started"/.exec(up.stderr()) ?? [];
  assert.ok(Date.parse(sampled) - Date.parse(started) < 15_000, `${started} to ${sampled}`);
  assert.match(
    up.stdout(),
    new RegExp(`\ntry +npx minimon hosts assign here --location 725 --port-offset ${up.offset}\n`),
  );

  assert.deepEqual(await lettingIn(up.offset), [], 'by the user of a proxy');
  const assigned = await program.run([
    'hosts',
    'assign',
    'here',
    '-l',
    '725',
    '--port-offset',
    String(up.offset),
  ]);
  assert.deepEqual([assigned.code, assigned.stderr], [0, 'here: added to 725\n']);
  const before = await records(up.offset, 'here');
  assert.ok(before.size > 0);
  const { code, stderr } = await up.end('SIGINT');
  assert.equal(code, 0);
  assert.match(stderr, /Stopped\.\n$/);
  assert.doesNotMatch(stderr, /"level":"(error|fatal)"/);

  const again = await program.startUp(data, host);
  await again.wait(/\ntry /);
  assert.doesNotMatch(again.stdout(), /hosts assign/, 'it is assigned');
  const place = ['--port-offset', String(again.offset)];
  assert.equal((await program.run(['hosts', 'list', '-l', '725', '-o', 'name', ...place])).stdout, 'here\n');
  await until('the points from before', async () => {
    const after = await records(again.offset, 'here');
    return [...before].every(([time, value]) => after.get(time) === value);
  });
  assert.equal((await again.end('SIGTERM')).code, 0);
});

test('on a terminal: this host in place, what listens, what to try; Ctrl-C ends it and leaves the cursor shown', async () => {
  const flags = `--data '${temporary('terminal')}' --port-offset 23000 --interval 2s --host-id here`;
  const { child, screen } = program.openTerminal(`stty cols 70 rows 30; exec $MINIMON up ${flags}`);
  await until('this host on the screen', () => /CPU .*%/.test(stripVTControlCharacters(screen())));
  const drawn = stripVTControlCharacters(screen()).split(/\r?\n/);
  assert.ok(drawn.some((line) => /^analyze +grpc 127\.0\.0\.1:31010 +http 127\.0\.0\.1:31020/.test(line)));
  assert.ok(drawn.some((line) => line.includes('npx minimon metrics --watch --port-offset 23000')));
  assert.deepEqual(
    drawn.filter((line) => displayWidth(line) > 70),
    [],
  );
  child.stdin!.write('\u0003');
  const [code] = await once(child, 'close');
  assert.equal(code, 0);
  assert.match(screen(), /\u001b\[\?25h[\s\S]*Stopped\.\r\n$/);
});

test('everything acknowledged is there after kill -9', async () => {
  const up = await program.startUp(data, host);
  const report = createReportClient({
    discovery: createStaticDiscovery([`127.0.0.1:${PORTS.reportGrpc + up.offset}`]),
  });
  const now = Math.floor(Date.now() / 1_000) * 1_000;
  const acknowledged = new Map<number, number>();
  for (let i = 200; i > 0; i--) {
    const [timeMs, value] = [now - i * 1_000, i / 4];
    const samples = [{ metric: 'cpu.usage', labels: {}, value }];
    const bytes = encodeTick(tick({ hostId: 'killed', timeMs, intervalMs: 1_000, samples }));
    await report.report(encodeRequest([bytes], false));
    acknowledged.set(timeMs, value);
  }
  const killed = up.end('SIGKILL');
  await report.stop();
  assert.equal((await killed).code, -1);

  const again = await program.startUp(data, host);
  await until(
    'what was acknowledged',
    async () => (await records(again.offset, 'killed')).size >= acknowledged.size,
  );
  assert.deepEqual([...(await records(again.offset, 'killed'))], [...acknowledged]);
  assert.equal((await again.end('SIGINT')).code, 0);
});

test('a second up on the same data is refused, and on the same ports', async () => {
  const up = await program.startUp(data, host);
  const same = await program.run(['up', '--data', data, '--port-offset', String(up.offset + 200)]);
  assert.equal(same.code, 4);
  assert.equal(
    same.stderr,
    `Error: the data directory ${data} is used by another process (pid ${up.child.pid})\n` +
      'Stop that process, or give this one its own directory with --data DIR.\n',
  );
  const other = await program.run(['up', '--data', temporary('other'), '--port-offset', String(up.offset)]);
  assert.equal(other.code, 4);
  assert.match(
    other.stderr,
    /Error: \w+ cannot listen on 127\.0\.0\.1:\d+: the port is in use\n.*--port-offset 1000.*--set \w+\.\w+=/,
  );
  assert.equal(other.stdout, '');
  assert.equal((await up.end('SIGINT')).code, 0);
});

test('a port that someone else has is named with its setting', async () => {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const set = ['--set', `manage.http=127.0.0.1:${port}`, '--port-offset', '23200'];
  const { code, stderr } = await program.run(['up', '--data', temporary('port'), ...set]);
  server.close();
  assert.equal(code, 4);
  assert.match(
    stderr,
    new RegExp(`manage cannot listen on 127\\.0\\.0\\.1:${port}: .*\\n.*--set manage\\.http=`),
  );
});

test('a data directory that cannot be made or written ends at once and says what to do', async () => {
  const closed = join(temporary('closed'), 'closed');
  mkdirSync(closed);
  chmodSync(closed, 0o500);
  // The superuser may write anywhere but where no directory can be.
  const places = ['/dev/null', '/proc/minimon', ...(process.getuid?.() === 0 ? [] : [closed])];
  for (const place of places) {
    const { code, stderr, stdout } = await program.run(['up', '--data', place, '--port-offset', '23200']);
    assert.deepEqual([code, stdout], [5, ''], stderr);
    assert.match(
      stderr,
      new RegExp(`^Error: cannot write .*${place}.*\nGive a directory .* --data DIR\\.\n$`),
    );
  }
});
