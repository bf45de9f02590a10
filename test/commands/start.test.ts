// What the built program loads before it can answer: each file costs half a millisecond, a large package many.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { installProgram } from '../assembly/installed-program.ts';

const program = installProgram();

const RECORD_LOADS = `
  import { registerHooks } from 'node:module';
  const urls = [];
  registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) });
  process.on('exit', () => process.stderr.write('LOADED ' + JSON.stringify(urls) + '\\n'));`;

/** The program's own files that a command line loads, and packages. */
async function loadedBy(line: string): Promise<string[]> {
  const { stderr } = await program.run(line.split(' '), {
    environment: { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(RECORD_LOADS)}` },
  });
  const urls = JSON.parse(/^LOADED (.*)$/m.exec(stderr)![1]!) as string[];
  return urls
    .filter((url) => url.startsWith('file:'))
    .map((url) => url.replace(/^.*\/(bin|dist|node_modules)\//, '$1/'))
    .sort();
}

const launcher = ['bin/minimon.js', 'bin/whole-program.js', 'dist/client/main.js'];

test('a client command loads its launcher, one bundle and its own entry, and no package', async () => {
  assert.deepEqual(await loadedBy('--version'), launcher);
  for (const command of ['hosts list', 'metrics', 'alerts firing']) {
    const own = `dist/client/commands/${command.replace(' ', '/')}.js`;
    assert.deepEqual(
      await loadedBy(`${command} --server 127.0.0.1 --port-offset 9000`),
      [...launcher, own].sort(),
      command,
    );
  }
});

test('what few commands need is loaded by them alone', async () => {
  const packages = async (line: string) =>
    (await loadedBy(line)).filter((file) => file.startsWith('dist/client/packages/'));
  assert.deepEqual(await packages('hosts list -o yaml --server 127.0.0.1'), [
    'dist/client/packages/yaml.cjs',
  ]);
  assert.deepEqual(await packages('metrics --host a --watch --json --server 127.0.0.1 --port-offset 9000'), [
    'dist/client/packages/@grpc/grpc-js.cjs',
    'dist/client/packages/@grpc/proto-loader.cjs',
  ]);
  const whole = await loadedBy('config show');
  assert.ok(whole.includes('dist/main.js') && !whole.includes('dist/client/main.js'));
});

test('a built agent begins again without a compiler, with the options it was started with; nothing else does', async () => {
  const SAY = `process.on('exit', () => process.stderr.write('OPTIONS ' + process.execArgv.join(' ') + '\\n'));`;
  const optionsOf = async (line: string) => {
    const environment = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(SAY)}` };
    return [...(await program.run(line.split(' '), { environment })).stderr.matchAll(/^OPTIONS (.*)$/gm)].map(
      ([, options]) => options,
    );
  };
  assert.deepEqual(await optionsOf('daemon agent --help'), ['--jitless']);
  assert.deepEqual(await optionsOf('daemon report --help'), ['']);
});

test('an agent is started without the command framework, the schemas and fastify', () => {
  const loaded = new Map<string, string>();
  const load = (file: string): void => {
    if (loaded.has(file)) return;
    const text = readFileSync(file, 'utf8');
    loaded.set(file, text);
    for (const [, to] of text.matchAll(/(?:^|[;\n}])import(?:[^"'()]*?from)?"(\.[^"]+)"/g))
      load(join(dirname(file), to!));
  };
  load('dist/agent-main.js');
  const text = [...loaded.values()].join('');
  assert.ok(text.length > 100_000, 'all that is imported was read');
  for (const word of ['ZodError', '@oclif/core', 'FST_ERR', 'proto-loader'])
    assert.ok(!text.includes(word), word);
});
