// The real servers start on an empty machine's cache, keep their data through kill -9, and come back where they were.
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { skipReason } from './backends.ts';
import { startEtcd } from './etcd.ts';
import { startInfluxdb } from './influxdb.ts';
import { startMariadb } from './mariadb.ts';
import { startNginx } from './nginx.ts';

const stops: (() => Promise<void>)[] = [];
after(() => Promise.all(stops.map((stop) => stop())));
const own = <T extends { stop(): Promise<void> }>(server: T): T => {
  stops.push(server.stop);
  return server;
};

describe('the real servers', () => {
  it('InfluxDB keeps a point through kill -9', { skip: skipReason('influxdb') }, async () => {
    const server = own(await startInfluxdb());
    const headers = { authorization: `Token ${server.token}`, accept: 'application/csv' };
    const at = `org=${server.org}&bucket=${server.bucket}`;
    const written = await fetch(`${server.url}/api/v2/write?${at}&precision=s`, {
      method: 'POST',
      headers,
      body: 'cpu,host_id=web-1 usage=12.5 1764032400',
    });
    assert.equal(written.status, 204);
    await server.kill('SIGKILL');
    assert.equal(server.pid(), undefined);
    await server.restart();
    const answer = await fetch(`${server.url}/api/v2/query?${at}`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/vnd.flux' },
      body: `from(bucket: "${server.bucket}") |> range(start: 1764032399, stop: 1764032401)`,
    });
    assert.match(await answer.text(), /12\.5/);
  });

  it('MariaDB keeps a row through kill -9 and is as strict as MySQL', {
    skip: skipReason('mariadb'),
  }, async () => {
    const server = own(await startMariadb());
    await server.sql(`CREATE TABLE ${server.database}.t (name VARCHAR(20) CHARACTER SET utf8mb4)`);
    await server.sql(`INSERT INTO ${server.database}.t VALUES ('𠮷')`);
    await server.kill('SIGKILL');
    await server.restart();
    assert.equal((await server.sql(`SELECT HEX(name) FROM ${server.database}.t`)).trim(), 'F0A0AEB7');
    assert.match(await server.sql('SELECT @@sql_mode'), /ONLY_FULL_GROUP_BY.*NO_ZERO_DATE/);
  });

  it('etcd keeps a key through kill -9', { skip: skipReason('etcd') }, async () => {
    const server = own(await startEtcd());
    const call = async (path: string, body: unknown) =>
      (await fetch(`${server.url}/v3/kv/${path}`, { method: 'POST', body: JSON.stringify(body) })).json();
    const key = btoa('/minimon/report/1');
    await call('put', { key, value: btoa('127.0.0.1:8000') });
    await server.kill('SIGKILL');
    await server.restart();
    const { kvs } = (await call('range', { key })) as { kvs: { value: string }[] };
    assert.equal(atob(kvs[0]!.value), '127.0.0.1:8000');
  });

  it('nginx takes a whole configuration, and reads it again', { skip: skipReason('nginx') }, async () => {
    const server = own(
      await startNginx({
        config: ([port]) => `user nginx;
worker_processes auto;
pid /var/run/nginx.pid;
events {}
http {
  access_log /var/log/nginx/access.log;
  server { listen 127.0.0.1:${port}; location / { return 200 "here"; } }
}
`,
      }),
    );
    const ask = async () => (await fetch(`http://${server.addresses[0]}/x`)).text();
    assert.equal(await ask(), 'here');
    await server.kill('SIGHUP');
    await server.kill('SIGKILL');
    await server.restart();
    assert.equal(await ask(), 'here');
    assert.match(server.log(), /GET \/x/);
  });
});
