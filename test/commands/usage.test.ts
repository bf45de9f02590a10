// What the built program says of a wrong command line and of servers that do not answer; and that --help is true.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { after, test } from 'node:test';
import { installProgram } from '../assembly/installed-program.ts';

const program = installProgram();
type Manifest = {
  commands: Record<string, { examples?: string[]; flags: Record<string, { char?: string }> }>;
};
const { commands } = JSON.parse(readFileSync('dist/oclif.manifest.json', 'utf8')) as Manifest;

test('a wrong command line exits with 2, names the mistake and the nearest right word', async () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['hosts lst', 'unknown command "hosts lst"', 'Did you mean hosts list? minimon hosts --help lists them.'],
    ['hsots list', 'unknown command "hsots"', 'Did you mean hosts list? minimon --help lists them.'],
    [
      'hosts move a 725',
      'unknown command "hosts move"',
      'Did you mean hosts assign? minimon hosts --help lists them.',
    ],
    [
      'tokens rm a',
      'unknown command "tokens rm"',
      'Did you mean tokens revoke? minimon tokens --help lists them.',
    ],
    ['hosts bogus --help', 'unknown command "hosts bogus"', 'minimon hosts --help lists them.'],
    [
      'alerts validate rules.yaml',
      'minimon alerts validate takes no argument "rules.yaml"',
      'Did you mean --file rules.yaml? See minimon alerts validate --help',
    ],
    [
      'alerts plan --no-preview rules.yaml',
      'minimon alerts plan takes no argument rules.yaml',
      'Did you mean --file rules.yaml? See minimon alerts plan --help',
    ],
    [
      'alerts history disk-full',
      'minimon alerts history takes no argument "disk-full"',
      'Did you mean --rule disk-full, --host disk-full or --location disk-full? See minimon alerts history --help',
    ],
    [
      'tls init /etc/tls',
      'minimon tls init takes no argument "/etc/tls"',
      'Did you mean --dir /etc/tls? See minimon tls init --help',
    ],
    [
      'alerts add x y --expression z',
      'minimon alerts add has no flag --expression',
      'minimon alerts add --help lists its flags.',
    ],
    [
      'alerts edit x --expression z',
      'minimon alerts edit has no flag --expression',
      'Did you mean --expr? minimon alerts edit --help lists its flags.',
    ],
    [
      'metrics web-01',
      'minimon metrics takes no argument "web-01"',
      'Did you mean --host web-01? See minimon metrics --help',
    ],
    [
      'hosts list extra',
      'minimon hosts list takes no argument "extra"',
      'Did you mean --location extra? See minimon hosts list --help',
    ],
    [
      'hosts list --lcation 7',
      'minimon hosts list has no flag --lcation',
      'Did you mean --location? minimon hosts list --help lists its flags.',
    ],
    [
      'up --data-dir x',
      'minimon up has no flag --data-dir',
      'Did you mean --data? minimon up --help lists its flags.',
    ],
    [
      'hosts list --port 1',
      'minimon hosts list has no flag --port',
      'Did you mean --port-offset? minimon hosts list --help lists its flags.',
    ],
    ['metrics --step 0', '--step is 0, which is not above 0', 'Give a time above 0, such as 30s or 5m.'],
    [
      'hosts list --state silnt',
      '--state cannot be "silnt"',
      'Did you mean silent? It takes reporting, late, silent, unknown, refused, never, conflict.',
    ],
    [
      'metrics -o jsno',
      '--output cannot be "jsno"',
      'Did you mean json? It takes table, wide, json, yaml, csv, name, openmetrics.',
    ],
    ['hosts show', 'minimon hosts show needs HOST: Host id', 'See minimon hosts show --help'],
    ['metrics --host', '--host needs a value', 'See minimon metrics --help'],
    [
      'hosts list --limit 0',
      '--limit takes a whole number greater than or equal to 1, not "0"',
      'See minimon hosts list --help',
    ],
    ['hosts list --limit 1 --limit 2', '--limit was given more than once', 'See minimon hosts list --help'],
    ['hosts list --json -o csv', '--output and --json cannot be combined', 'See minimon hosts list --help'],
    ['up --since 3d', '--since needs --simulate', 'See minimon up --help'],
    [
      '--utc hosts list',
      'no command before --utc',
      'Flags come after the command: minimon hosts list --json. minimon --help lists all commands.',
    ],
    [
      'metrics --since 5x',
      'duration "5x" has the unknown unit "x"',
      'Write a number and a unit: 30s, 5m, 1h30m, 7d, 1w (a day is 24 h).',
    ],
  ];
  for (const [line, message, hint] of cases) {
    const { code, stdout, stderr } = await program.run(line.split(' '));
    if (line.includes('--json')) {
      assert.deepEqual(JSON.parse(stderr), { error: { code: 'USAGE', message, hint } });
    } else {
      assert.equal(stderr, `Error: ${message}\n${hint}\n`, line);
    }
    assert.deepEqual([code, stdout], [2, ''], line);
  }
});

test('an error in JSON is a code, a message and a hint alone, without argv or configuration', async () => {
  for (const line of [
    'hosts list --limit x --json',
    'hosts list --token=hunter2 --json',
    'metrics --agg x --json',
  ]) {
    const { code, stderr } = await program.run(line.split(' '));
    assert.equal(code, 2, line);
    const { error, ...more } = JSON.parse(stderr);
    assert.deepEqual([Object.keys(error), more], [['code', 'message', 'hint'], {}], line);
    assert.ok(!stderr.includes('hunter2'), stderr);
  }
});

test('a server that is not there ends with 6, says what was tried and how to start it', async () => {
  for (const [argv, service, port] of [
    [['hosts', 'list'], 'manage', 65_040],
    [['metrics'], 'analyze', 65_020],
  ] as const) {
    const { code, stdout, stderr } = await program.run([...argv, '--port-offset', '57000']);
    assert.deepEqual([code, stdout], [6, '']);
    assert.match(stderr, new RegExp(`^Error: no ${service} service answers at 127\\.0\\.0\\.1:${port} `));
    assert.match(stderr, /Start it with `minimon up`/);
  }
  const json = await program.run(['hosts', 'list', '--json', '--port-offset', '57000']);
  assert.equal(JSON.parse(json.stderr).error.code, 'UNREACHABLE');
});

test('a server that takes the call and never answers ends with 6 within the timeout', async () => {
  const server = createServer((socket) => socket.on('error', () => {}));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  after(() => server.close());
  const address = server.address();
  const silent = `127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  const { code, stdout, stderr } = await program.run(['hosts', 'list', '--timeout', '300ms'], {
    environment: { MINIMON_CLIENT_MANAGE_HTTP: silent },
  });
  assert.deepEqual([code, stdout], [6, '']);
  assert.match(stderr, new RegExp(`^Error: .*${silent.replaceAll('.', '\\.')}.* within 0\\.3 s`));
});

const OWN_EXIT_CODES: Readonly<Record<string, RegExp>> = {
  check: /0 OK, .*3 UNKNOWN or the check itself failed/,
  'alerts plan': /0 no changes, 1 changes, 2 and more: an error/,
};

test('every help page names its exit codes, and the examples on it hold', async () => {
  const ids = Object.keys(commands);
  assert.ok(ids.length >= 18);
  const words = ids.map((id) => id.replaceAll(':', ' '));
  const pages = await program.shell(
    [...words, ''].map((command) => `$MINIMON ${command} --help || exit 9; echo "=="`).join('\n'),
  );
  assert.deepEqual([pages.code, pages.stderr], [0, '']);
  const texts = pages.stdout.split('==\n');
  for (const [i, command] of words.entries()) {
    const codes = OWN_EXIT_CODES[command] ?? /0 done, .*2 wrong usage,.*130 interrupted by Ctrl-C\n/;
    assert.match(texts[i]!, new RegExp(`\\nEXIT CODES\\n {2}${codes.source}`, 's'), command);
    assert.match(texts[i]!, new RegExp(`\\n {2}\\$ minimon ${command}`), command);
  }
  const root = texts[words.length]!;
  assert.match(root, /\nUSAGE\n.*\nEXAMPLES\n.*\nLOOK\n {2}top .*\nALERTS\n.*\nRUN\n.*EXIT CODES/s);
  // `complete` is called by shells alone.
  const firstWords = new Set(ids.map((id) => id.split(':')[0]!).filter((word) => word !== 'complete'));
  for (const word of firstWords) assert.match(root, new RegExp(`\\n {2}${word} +\\S`), word);
  for (const [id, { examples = [] }] of Object.entries(commands)) {
    for (const example of examples) {
      // Of a pipe, any command may be the page's own; each is held to its own flags.
      const parts = example.split(' | ').filter((part) => part.startsWith(BIN));
      assert.ok(
        parts.some((part) => part.startsWith(`${BIN} ${id.replaceAll(':', ' ')}`)),
        example,
      );
      for (const part of parts) assert.deepEqual(unknownFlags(part), [], example);
    }
  }
});

const BIN = '<%= config.bin %>';

/** Flags of an example's command line that its command does not have. */
function unknownFlags(line: string): readonly string[] {
  const of = Object.entries(commands).find(([id]) =>
    `${line} `.startsWith(`${BIN} ${id.replaceAll(':', ' ')} `),
  );
  const known = Object.entries(of?.[1].flags ?? {}).flatMap(([name, { char }]) => [
    `--${name}`,
    ...(char ? [`-${char}`] : []),
  ]);
  return (line.match(/(?<= )--?[a-z][a-z-]*/g) ?? []).filter((flag) => !known.includes(flag));
}

test('help and version are also words', async () => {
  const page = await program.run(['hosts', 'list', '--help']);
  assert.deepEqual(await program.run(['help', 'hosts', 'list']), page);
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  for (const argv of [['version'], ['--version'], ['-V']])
    assert.match((await program.run(argv)).stdout, new RegExp(`^minimon/${version} `));
});
