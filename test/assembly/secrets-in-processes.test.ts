// Secrets that the built program was given are in nothing that others of the machine can read, and in nothing that it says.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeToken } from '../../src/runtime/token.ts';
import { until } from '../until.ts';
import { installProgram, temporary } from './installed-program.ts';

const linux = { skip: process.platform === 'linux' ? false : 'reads /proc' };

/** Of a process and all that it has started. */
function commandLines(pid: number): string[] {
  const read = (path: string): string => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return '';
    }
  };
  const threads = existsSync(`/proc/${pid}/task`) ? readdirSync(`/proc/${pid}/task`) : [];
  const children = threads.flatMap((thread) =>
    read(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean),
  );
  return [read(`/proc/${pid}/cmdline`), ...children.flatMap((child) => commandLines(Number(child)))];
}

test(
  'tokens are in no command line, no environment of own commands, no log, page or error',
  linux,
  async () => {
    const program = installProgram();
    const folder = temporary('secrets');
    const [env, file, url] = [makeToken().text, makeToken().text, 'https://hooks.example/T0PSECRET'] as const;
    const seen = join(folder, 'environment');
    writeFileSync(join(folder, 'service.token'), `${file}\n`, { mode: 0o600 });
    const command = ['/bin/sh', '-c', `env > ${seen}.new; mv ${seen}.new ${seen}; sleep 60`];
    writeFileSync(
      join(folder, 'config.yaml'),
      JSON.stringify({
        service_token_file: 'service.token',
        agent: { commands: [{ name: 'slow', command }] },
      }),
      { mode: 0o600 },
    );
    const environment = {
      MINIMON_TOKEN: env,
      MINIMON_AGENT_JOIN_TOKEN: env,
      MINIMON_WARN_HEARTBEAT_URL: url,
    };
    const flags = ['--config', join(folder, 'config.yaml'), '--interval', '1s', '--host-id', 'here'];
    const up = await program.startUp(join(folder, 'data'), flags, environment);
    await until('the own command runs', () => existsSync(seen));
    const lines = commandLines(up.child.pid!);
    assert.ok(
      lines.some((line) => line.includes('/bin/sh')),
      'the own command is among them',
    );
    const at = (port: number, path: string) =>
      fetch(`http://127.0.0.1:${port + up.offset}${path}`).then((answer) => answer.text());
    const pages = await Promise.all([
      ...[at(8040, '/readyz?verbose'), at(8060, '/readyz?verbose'), at(8090, '/readyz?verbose')],
      ...[at(8040, '/metrics'), at(8060, '/metrics'), at(8040, `/api/v1/hosts?token=${env}`)],
    ]);
    const argv = ['--config', join(folder, 'config.yaml')];
    const said = await Promise.all(
      [
        ['config', 'show', '--origin', '-o', 'json', ...argv],
        ['hosts', 'list', '--json', ...argv, '--port-offset', String(up.offset)],
        ['hosts', 'list', '-v', ...argv, '--port-offset', String(up.offset)],
      ].map((words) => program.run(words, { environment })),
    );
    assert.deepEqual(
      said.map(({ code }) => code),
      [0, 5, 5],
      said.map(({ stderr }) => stderr).join(''),
    );
    const { stdout, stderr } = await up.end('SIGTERM');
    const texts = {
      ...{ lines: lines.join('\n'), environment: readFileSync(seen, 'utf8'), pages: pages.join('\n') },
      ...{ said: said.map((one) => one.stdout + one.stderr).join('\n'), log: stdout + stderr },
    };
    for (const [where, text] of Object.entries(texts)) {
      for (const secret of [env.slice(16), file.slice(16), 'T0PSECRET'])
        assert.equal(text.includes(secret), false, `${where} has ${secret.slice(0, 9)}`);
    }
  },
);
