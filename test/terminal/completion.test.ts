// Completion: what is offered at each place of a command line, and what bash makes of it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { KnownKind } from '../../src/assembly/known-names.ts';
import { type CommandTree, complete, completionText } from '../../src/terminal/completion.ts';
import { COMPLETION_SCRIPTS } from '../../src/terminal/completion-scripts.ts';

const output = { type: 'option', char: 'o', options: ['table', 'json'], description: 'Output format' };
const TREE: CommandTree = {
  topics: [{ name: 'hosts', description: 'Hosts and their locations' }],
  commands: [
    { id: 'complete', hidden: true },
    {
      id: 'hosts:show',
      description: 'Show one host\nwith all that is known',
      args: { host: {} },
      flags: { output, utc: { type: 'boolean' } },
    },
    {
      id: 'hosts:assign',
      args: { hosts: {} },
      strict: false,
      flags: {
        location: { type: 'option', char: 'l', helpValue: 'LOCATION' },
        file: { type: 'option', char: 'f', helpValue: 'FILE' },
      },
    },
    {
      id: 'metrics',
      flags: {
        metric: { type: 'option', char: 'm', multiple: true, helpValue: 'GLOB' },
        host: { type: 'option', helpValue: 'GLOB' },
        secret: { type: 'option', hidden: true },
      },
    },
    { id: 'metrics:list' },
    { id: 'alerts:add', args: { name: {} } },
    { id: 'alerts:show', args: { rule: {} } },
    { id: 'receivers:remove', args: { name: {} } },
    {
      id: 'config:use',
      hidden: true,
      args: { name: {} },
      flags: { profile: { type: 'option', helpValue: 'PROFILE' } },
    },
    { id: 'silences:add', args: { matcher: {} }, strict: false },
  ],
};
const LIVE: Readonly<Record<KnownKind, readonly string[]>> = {
  hosts: ['web-1', 'web-2', '机房-1'],
  locations: ['725', '726'],
  metrics: ['cpu.usage', 'cpu.iowait'],
  rules: ['high-cpu'],
  receivers: ['ops'],
  silences: ['ab12'],
  tokens: ['grafana'],
  profiles: ['prod', 'staging'],
};

const at = (line: string) =>
  complete({
    words: line.split(' '),
    tree: TREE,
    known: async (kind) => LIVE[kind].map((value) => ({ value })),
  });
const offered = async (line: string) => (await at(line)).candidates.map(({ value }) => value);

describe('completion offers', () => {
  it('topics and commands, each once and none that is hidden', async () => {
    assert.deepEqual(await offered(''), ['hosts', 'metrics', 'alerts', 'receivers', 'silences', 'help']);
    assert.deepEqual(await offered('ho'), ['hosts']);
    assert.deepEqual(await offered('hosts '), ['show', 'assign']);
    assert.deepEqual(await offered('nothing '), []);
  });

  it('arguments by their name, over and over where a command takes many', async () => {
    assert.deepEqual(await offered('hosts show web'), ['web-1', 'web-2']);
    assert.deepEqual(await offered('hosts show web-1 w'), []);
    assert.deepEqual(await offered('hosts assign web-1 w'), ['web-1', 'web-2']);
    assert.deepEqual(await offered("hosts show '机"), ['机房-1']);
    assert.deepEqual(await offered('alerts show '), ['high-cpu']);
    assert.deepEqual(await offered('alerts add '), [], 'a new rule has a name of its own');
    assert.deepEqual(await offered('receivers remove '), ['ops']);
    assert.deepEqual(await offered('config use p'), ['prod']);
    assert.deepEqual(await offered('config use --profile s'), ['staging']);
    assert.deepEqual(await offered('metrics '), ['list'], 'a command that is a topic too');
  });

  it('values of flags: behind a space, behind =, by their letter', async () => {
    assert.deepEqual(await offered('hosts assign web-1 --location '), ['725', '726']);
    assert.deepEqual(await offered('hosts assign web-1 -l 72'), ['725', '726']);
    assert.deepEqual(await offered('hosts assign --location=726'), ['--location=726']);
    assert.deepEqual(await offered('hosts show -o j'), ['json']);
    assert.deepEqual(await offered('metrics --metric cpu.u'), ['cpu.usage']);
    assert.deepEqual(await offered('metrics --host '), LIVE.hosts);
    assert.equal((await at('hosts assign -f ')).kind, 'files');
  });

  it('an argument after a flag with a value, and after one without', async () => {
    assert.deepEqual(await offered('hosts show --utc web-2'), ['web-2']);
    assert.deepEqual(await offered('hosts show -o json web-2'), ['web-2']);
    assert.deepEqual(await offered('hosts assign -- --location '), LIVE.hosts, 'after -- there is no flag');
  });

  it('flags that are not there yet, and those that may be there again', async () => {
    assert.deepEqual(await offered('hosts show --utc --'), ['--output', '--help']);
    assert.deepEqual(await offered('hosts show -o json --o'), []);
    assert.deepEqual(await offered('metrics --metric=a --'), ['--metric', '--host', '--help']);
  });

  it('labels of alerts, then their values', async () => {
    const labels = await at('silences add lo');
    assert.deepEqual([labels.kind, labels.candidates], ['open', [{ value: 'location=' }]]);
    assert.deepEqual(await offered('silences add location=72'), ['location=725', 'location=726']);
    assert.deepEqual(await offered('silences add host=web-1 severity=c'), ['severity=critical']);
    assert.deepEqual(await offered('silences add metric~cpu'), []);
  });

  it('no more than a terminal can show, and one line each', async () => {
    const many = Array.from({ length: 10_000 }, (_, i) => ({ value: `host-${i}`, about: 'one\ntwo\tthree' }));
    const found = await complete({ words: ['hosts', 'show', ''], tree: TREE, known: async () => many });
    assert.equal(found.candidates.length, 2_000);
    assert.deepEqual(completionText({ ...found, candidates: many.slice(0, 2) }).split('\n'), [
      'words',
      'host-0\tone',
      'host-1\tone',
      '',
    ]);
  });
});

describe("bash's script", () => {
  /** What readline would put in: the script's own reply, with a `minimon` that says `answer` and keeps its words. */
  function reply(t: TestContext, words: readonly string[], answer: string) {
    const folder = mkdtempSync(join(tmpdir(), 'minimon-bash-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, 'answer'), answer);
    const program = join(folder, 'minimon');
    writeFileSync(program, `#!/bin/sh\nprintf '%s\\n' "$@" > "${folder}/asked"\ncat "${folder}/answer"\n`);
    chmodSync(program, 0o755);
    const script = `${COMPLETION_SCRIPTS.bash}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_WORDBREAKS=$' \\t\\n"=:'
_minimon
printf '%s\\n' "\${COMPREPLY[@]}"; echo "asked:"; cat ${folder}/asked`;
    const said = execFileSync('bash', ['--norc', '-c', script, 'bash', ...words], {
      env: { PATH: `${folder}:/usr/bin:/bin`, LC_ALL: 'C.UTF-8' },
      encoding: 'utf8',
      timeout: 60_000,
    });
    const [candidates, asked] = said.split('asked:\n');
    return { candidates: candidates!.split('\n').slice(0, -1), asked: asked!.split('\n').slice(0, -1) };
  }

  it('hands on the words up to the cursor and gives what it is told, without what stands beside it', (t) => {
    const got = reply(t, ['minimon', 'hosts', 'show', 'w'], 'words\nweb-1\t725\nweb-2\t726\n');
    assert.deepEqual(got.asked, ['complete', '--', 'hosts', 'show', 'w']);
    assert.deepEqual(got.candidates, ['web-1', 'web-2']);
  });

  it('joins what bash cuts at = and :, and gives the part behind the cut', (t) => {
    const flag = reply(t, ['minimon', 'metrics', '--location', '=', '72'], 'words\n--location=725\n');
    assert.deepEqual(flag.asked, ['complete', '--', 'metrics', '--location=72']);
    assert.deepEqual(flag.candidates, ['725']);
    const empty = reply(t, ['minimon', 'silences', 'add', 'location', '='], 'words\nlocation=725\n');
    assert.deepEqual(empty.asked.at(-1), 'location=');
    const colon = reply(t, ['minimon', 'hosts', 'show', 'a', ':', 'b'], 'words\na:b1\n');
    assert.deepEqual([colon.asked.at(-1), colon.candidates], ['a:b', ['b1']]);
  });

  it('quotes what the shell would take apart', (t) => {
    const { candidates } = reply(t, ['minimon', 'hosts', 'show', ''], "words\nroom of $x\nit's\n");
    assert.deepEqual(candidates, ['room\\ of\\ \\$x', "it\\'s"]);
  });
});
