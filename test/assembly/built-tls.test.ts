// The built program over TLS, with certificates of its own making: bundled modules of Node must be whole there, too.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../until.ts';
import { installProgram, temporary } from './installed-program.ts';

test('the built `up` listens with TLS, its daemons and the commands call it so', async () => {
  const program = installProgram();
  const folder = temporary('tls');
  const dir = join(folder, 'certificates');
  const made = await program.run(['tls', 'init', '--dir', dir, '--host', 'localhost', '--host', '127.0.0.1']);
  assert.equal(made.code, 0, made.stderr);
  const settings = { ca: 'ca.crt', cert: 'server.crt', key: 'server.key' };
  const flags = Object.entries(settings).flatMap(([name, file]) => [
    '--set',
    `tls.${name}_file=${join(dir, file)}`,
  ]);
  const up = await program.startUp(join(folder, 'data'), [
    ...flags,
    // Listened on, and not what a certificate is for.
    ...['--set', 'report.grpc=0.0.0.0:0', '--host-id', 'here', '--interval', '1s'],
  ]);
  await up.wait(/\nhere +reporting/);
  const list = ['hosts', 'unmanaged', '-o', 'name', '--port-offset', String(up.offset)];
  const environment = {
    MINIMON_CLIENT_TLS_CA_FILE: join(dir, 'ca.crt'),
    MINIMON_CLIENT_TLS_CERT_FILE: join(dir, 'client.crt'),
    MINIMON_CLIENT_TLS_KEY_FILE: join(dir, 'client.key'),
  };
  await until('the host in a list over TLS', async () => {
    const { code, stdout } = await program.run(list, { environment });
    return code === 0 && stdout === 'here\n';
  });
  const plain = await program.run(list);
  assert.notEqual(plain.code, 0);
  assert.equal((await up.end('SIGTERM')).code, 0);
});
