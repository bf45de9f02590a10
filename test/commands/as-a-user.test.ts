// The built command line as scripts and terminals meet it: pipes, full disks, odd windows and locales, ten thousand hosts.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { PORTS } from '../../src/domain/address.ts';
import { displayWidth } from '../../src/terminal/text.ts';
import { installProgram, type RunningUp, temporary } from '../assembly/installed-program.ts';
import { until } from '../until.ts';

const program = installProgram();
const data = join(temporary('user'), 'data');
let up: RunningUp;
let place: string;

const NAMES = ['机房-网关', '👨‍👩‍👧-box', 'é-1', 'ｶﾞ-2', 'x'.repeat(128)];
const HOSTS = 10_000;

before(async () => {
  up = await program.startUp(data, ['--host-id', 'here', '--interval', '2s']);
  place = `--port-offset ${up.offset}`;
  const many = Array.from({ length: HOSTS }, (_, i) => ({ host_id: `n-${i}`, location: '800' }));
  const few = NAMES.map((host_id) => ({ host_id, location: '机房-七' }));
  const answer = await fetch(`http://127.0.0.1:${PORTS.manageHttp + up.offset}/api/v1/hosts/assign`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ assignments: [...many, ...few], new: true }),
  });
  assert.equal(answer.status, 200, await answer.text());
  await up.wait(/\nhere +reporting/);
});

const list = (rest: string) => `$MINIMON hosts list ${place} ${rest}`;
const lines = (text: string) => text.replace(/\r?\n$/, '').split(/\r?\n/);

function assertEvenWidth(text: string, most = Number.POSITIVE_INFINITY): void {
  const widths = new Set(lines(stripVTControlCharacters(text)).map(displayWidth));
  assert.equal(widths.size, 1, text.slice(0, 500));
  assert.ok(Math.max(...widths) <= most, `${[...widths]} over ${most}`);
}

test('a reader that has seen enough ends the command with 0 and without a word', async () => {
  for (const [command, reader] of [
    [list(''), 'head -1'],
    [list('--json'), 'head -c 100'],
    [`$MINIMON metrics --watch --host here ${place}`, 'head -3'],
    [`$MINIMON metrics --watch --json --host here ${place}`, 'head -c 10'],
  ]) {
    const { stdout, stderr } = await program.shell(`${command} | ${reader}; echo " \${PIPESTATUS[0]}"`);
    assert.equal(stderr, '', command);
    assert.match(stdout, / 0\n$/, command);
    assert.ok(stdout.length > 10, command);
  }
});

test('output that cannot be written is an error', async () => {
  for (const form of ['', '--json', '-o csv']) {
    const { code, stderr } = await program.shell(`${list(form)} > /dev/full`);
    assert.equal(code, 1);
    assert.match(stderr, /cannot write the output: ENOSPC/);
  }
});

test('nothing asks without a terminal', async () => {
  const removal = await program.shell(`$MINIMON hosts remove n-1 ${place} < /dev/null`);
  assert.deepEqual([removal.code, removal.stdout], [2, '']);
  assert.match(removal.stderr, /--yes/);
  const { code } = await program.shell(`echo y | $MINIMON hosts remove n-1 ${place}`);
  assert.equal(code, 2);
});

test('ten thousand hosts come whole through a pipe, all lines equally wide', async () => {
  const { stdout, stderr } = await program.shell(list(''));
  assert.equal(stderr, '');
  assert.equal(lines(stdout).length, 1 + HOSTS + NAMES.length);
  assertEvenWidth(stdout);
  for (const name of NAMES) assert.ok(stdout.includes(name), name);
  const counted = await program.shell(`$MINIMON locations list ${place} --json`);
  assert.deepEqual(
    JSON.parse(counted.stdout).map((listed: { location: string; hosts: number }) => [
      listed.location,
      listed.hosts,
    ]),
    [
      ['800', HOSTS],
      ['机房-七', NAMES.length],
    ],
  );
});

test('colour: never in json, always where it is forced, an empty NO_COLOR is none', async () => {
  const esc = /\u001b\[/;
  const table = list('-l 800 --limit 2');
  const colored = async (line: string, environment: Record<string, string>) =>
    esc.test((await program.shell(line, environment)).stdout);
  assert.equal(await colored(`${table} --json`, { FORCE_COLOR: '1' }), false);
  assert.equal(await colored(table, { FORCE_COLOR: '1', NO_COLOR: '' }), true);
  assert.equal(await colored(table, { FORCE_COLOR: '1', NO_COLOR: '1' }), false);
  assert.equal(await colored(`${table} --no-color`, { FORCE_COLOR: '1' }), false);
  assert.equal(await colored(table, {}), false);
});

const onTerminal = (size: string, command: string, environment: Record<string, string> = {}) =>
  program.shell(
    `script -qec ${JSON.stringify(`stty ${size}; ${command}`).replaceAll('$', '\\$').replaceAll('\\$MINIMON', '$MINIMON')} /dev/null < /dev/null`,
    // Nobody sits at this terminal who could leave a pager.
    { PAGER: 'cat', ...environment },
  );

test('every window gets lines that fit it and are equally wide', async () => {
  for (const [size, environment, most] of [
    ['cols 40 rows 24', {}, 40],
    ['cols 20 rows 24', {}, 20],
    ['cols 5 rows 24', {}, 5],
    ['cols 0 rows 0', {}, 80],
    ['cols 60 rows 24', { COLUMNS: '0' }, 60],
    ['cols 60 rows 24', { COLUMNS: 'abc' }, 60],
    ['cols 60 rows 24', { COLUMNS: '5' }, 5],
  ] as const) {
    const { code, stdout } = await onTerminal(size, list("-l '机房-七'"), environment);
    assert.equal(code, 0, stdout);
    const table = stripVTControlCharacters(stdout).split(/\r?\n\r?\n|\r?\nno room for /)[0]!;
    assert.equal(lines(table).length, 1 + NAMES.length, `${size} ${stdout}`);
    assertEvenWidth(table, most);
  }
});

test('a dumb terminal and a locale without UTF-8 get plain characters', async () => {
  const metrics = `$MINIMON metrics --host here ${place}`;
  const { stdout } = await onTerminal('cols 80 rows 24', metrics, { TERM: 'dumb', LANG: 'C' });
  assert.match(stdout, /cpu\.usage/);
  assert.doesNotMatch(stdout.replaceAll('\r', ''), /[^\n\x20-\x7e]/);
  const watched = await onTerminal('cols 80 rows 24', `timeout -s INT 2 ${metrics} --watch`, {
    TERM: 'dumb',
  });
  assert.doesNotMatch(watched.stdout, /\u001b/);
});

test('a terminal sees ages and colours', async () => {
  const { stdout } = await onTerminal('cols 80 rows 24', list('--all -l 800 --limit 1'));
  assert.match(stdout, /\u001b\[1mHOST/);
  const show = await onTerminal('cols 80 rows 24', `$MINIMON hosts show here ${place}`);
  assert.match(stripVTControlCharacters(show.stdout), /Last seen: +.* UTC \((now|\d+s ago)\)/);
});

test('what is longer than the terminal goes through the pager, where somebody can leave it', async () => {
  const long = list('-l 800 --limit 60');
  const seen = async (command: string, environment: Record<string, string>) => {
    const { child, screen } = program.openTerminal(
      `stty cols 80 rows 24; ${command}; echo "ended $?"`,
      environment,
    );
    await until('it has ended', () => /ended \d/.test(screen()), { seen: screen });
    child.kill();
    return stripVTControlCharacters(screen());
  };
  const pager = "sed 's/^/paged /'";
  assert.match(await seen(long, { PAGER: pager }), /paged n-0 .*ended 0/s);
  assert.match(
    await seen(list('-l 800 --limit 3'), { PAGER: pager }),
    /^(?!.*paged).*n-0 .*ended 0/s,
    'it fits',
  );
  assert.match(await seen(`${long} --no-pager`, { PAGER: pager }), /^(?!.*paged).*n-0 .*ended 0/s);
  assert.match(await seen(long, { PAGER: 'no-such-pager' }), /n-0 .*ended 0/s);
  assert.match(
    await seen(long, { PAGER: 'head -1' }),
    /^(?!.*n-0 ).*HOST.*ended 0/s,
    'one that is left early',
  );
  assert.match(await seen(`${long} | cat`, { PAGER: pager }), /^(?!.*paged).*n-0 .*ended 0/s);
});

test('-v says on stderr which calls are made and how each ended', async () => {
  const { stdout, stderr } = await program.shell(list('-v -l 800 --limit 3 -o name'));
  assert.deepEqual(lines(stdout).length, 3);
  const call = 'GET http://127\\.0\\.0\\.1:\\d+/api/v1/hosts\\?\\S*location=800\\S*';
  assert.match(stderr, new RegExp(`^${call}\n${call}: 200, \\d+ bytes, \\d+ ms\n`));
  const gone = await program.shell('$MINIMON hosts list -v --server 127.0.0.1 --port-offset 50000');
  assert.match(gone.stderr, /api\/v1\/hosts\S*: no answer, \d+ ms/);
});

test('completion knows the hosts of the server that the line names', async () => {
  let stdout = '';
  // A shell waits a second at most, and a busy machine may take longer: whoever presses Tab again has them.
  await until('the hosts', async () => {
    ({ stdout } = await program.shell(`$MINIMON complete -- hosts show ${place} n-999`));
    return stdout.startsWith('words\nn-999\t800\n');
  });
  assert.equal(lines(stdout).length, 12);
  const gone = await program.shell('$MINIMON complete -- hosts show --port-offset 50000 n-');
  assert.deepEqual([gone.code, gone.stdout, gone.stderr], [0, 'words\n', '']);
});

test('Ctrl-C ends --watch with 130 and shows the cursor again', async () => {
  const { child, screen } = program.openTerminal(
    `stty cols 80 rows 24; exec $MINIMON metrics --watch --host here ${place}`,
  );
  await until('the picture', () => screen().includes('cpu.usage'));
  child.stdin!.write('\u0003');
  const [code] = await once(child, 'close');
  assert.equal(code, 130);
  assert.ok(screen().lastIndexOf('\u001b[?25h') > screen().lastIndexOf('\u001b[?25l'));
  assert.doesNotMatch(screen(), /Error/);
});

test('top takes the terminal, its keys and its end, and gives it back as it was', async () => {
  const open = (end: string) =>
    program.openTerminal(
      `stty cols 80 rows 24; $MINIMON top -l '机房-七' ${place}; echo "code $?"; stty -a | grep -o '[-]*icanon'; ${end}`,
    );
  const { child, screen } = open('exit 0');
  const shows = (text: string) => until(text, () => screen().includes(text), { seen: screen });
  await shows('机房-网关');
  child.stdin!.write('l');
  await shows('WORST HOST');
  child.stdin!.write('q');
  await once(child, 'close');
  const after = screen().slice(screen().lastIndexOf('\u001b[?1049l'));
  assert.match(after, /code 0\r?\nicanon/);
  const interrupted = open('exit 0');
  await until('the list', () => interrupted.screen().includes('机房-网关'), { seen: interrupted.screen });
  interrupted.child.stdin!.write('\u0003');
  await once(interrupted.child, 'close');
  assert.match(interrupted.screen(), /\u001b\[\?1049l[\s\S]*code 130\r?\nicanon/);
});

test('names from outside are refused or made safe, never obeyed', async () => {
  for (const name of [`$'\\e]0;x'`, `$'a\\u202eb'`, `$(printf 'x%.0s' {1..10000})`]) {
    const assign = await program.shell(`$MINIMON hosts assign ${name} -l 1 ${place}`);
    assert.equal(assign.code, 2, name);
    assert.doesNotMatch(assign.stderr, /[\x00-\x09\x0b-\x1f\u202e]/);
    const query = await program.shell(`$MINIMON metrics --location ${name} ${place}`);
    assert.ok([2, 3].includes(query.code), `${name} ${query.code}`);
    assert.ok(query.stderr.length < 500, query.stderr.slice(0, 600));
    assert.doesNotMatch(query.stderr, /[\x00-\x09\x0b-\x1f\u202e]/);
  }
});

test('an unknown host, location and metric end with 3 and the nearest name', async () => {
  for (const [argv, hint] of [
    ['metrics --host hree', /Did you mean here\?/],
    ['hosts show n-l', /Did you mean n-/],
    ['metrics --location 80', /Did you mean 800\?/],
    ['metrics --host here --metric cpu.usge', /Did you mean cpu\.usage\?/],
  ] as const) {
    const { code, stdout, stderr } = await program.shell(`$MINIMON ${argv} ${place}`);
    assert.deepEqual([code, stdout], [3, ''], argv);
    assert.match(stderr, hint);
  }
});

test('up stops on SIGTERM', async () => {
  assert.equal((await up.end('SIGTERM')).code, 0);
});
