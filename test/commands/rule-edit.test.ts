// alerts list, show and edit: health beside each rule, single fields by flags, the whole in an editor.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import AlertsAdd from '../../src/commands/alerts/add.ts';
import AlertsApply from '../../src/commands/alerts/apply.ts';
import AlertsEdit from '../../src/commands/alerts/edit.ts';
import AlertsList from '../../src/commands/alerts/list.ts';
import AlertsShow from '../../src/commands/alerts/show.ts';
import { memoryWarn } from '../api/memory-warn.ts';
import { directory } from '../report/ticks.ts';
import { NOW } from '../terminal/screens.ts';
import { alertBackends } from '../warn/alert-parts.ts';
import { runCommand, type Scene } from './run-in-process.ts';

async function operator() {
  const { manage, catalog } = await alertBackends();
  const run = (command: unknown, argv: readonly string[], scene: Scene = {}) =>
    runCommand(command, command === AlertsAdd ? [...argv, '--no-backtest'] : argv, {
      manage,
      warn: memoryWarn(),
      ...scene,
    });
  const ruleOf = async (name: string) => (await manage.listRules()).find((one) => one.name === name)!;
  const version = async () => (await catalog.alertConfiguration.read()).version;
  return { run, ruleOf, version, manage };
}

/** An editor that runs a shell script on the file `$1`. */
function editor(script: string) {
  const path = join(directory(), 'editor.sh');
  writeFileSync(path, script);
  return { terminal: true, environment: { EDITOR: `sh ${path}` } };
}

test('list shows what each rule matches and what fires; without warn it says so and lists all the same', async () => {
  const { run } = await operator();
  await run(AlertsAdd, ['high-cpu', 'cpu.usage > 90']);
  await run(AlertsAdd, ['odd', 'mem.usage > 90']);
  const { stdout } = await run(AlertsList, []);
  assert.match(stdout, /^high-cpu .* yes +412 +1 firing/m);
  assert.match(stdout, /^odd .* yes +- +error/m);
  assert.match((await run(AlertsList, ['-o', 'wide'])).stdout, /^odd .*error +expected >/m);
  const young = async () => ({
    nowMs: NOW,
    rules: ['high-cpu', 'odd', 'host-silent'].map((name) => ({ name, firing: 0, pending: 0 })),
    warnings: [],
  });
  const first = await run(AlertsList, [], { warn: { ...memoryWarn(), listRuleHealth: young } });
  assert.match(first.stdout, /^high-cpu .* yes +- +new/m);
  assert.match(first.stdout, /^host-silent .* yes +- +ok/m);
  const refuse = async () => Promise.reject(new Error('connection refused'));
  const down = await run(AlertsList, [], { warn: { ...memoryWarn(), listRuleHealth: refuse } });
  assert.match(down.stderr, /The health of rules is not available: connection refused/);
  assert.match(down.stdout, /^high-cpu .* yes +- +-/m);
});

test('show has every field, the health and the open alerts; a wrong name has the nearest', async () => {
  const { run } = await operator();
  await run(AlertsAdd, [
    'high-cpu',
    'cpu.usage > 90',
    '--location',
    '725',
    '--text',
    'two\nlines',
    '--label',
    'team=a',
  ]);
  const { stdout } = await run(AlertsShow, ['high-cpu']);
  for (const line of [
    /^Rule: +high-cpu$/m,
    /^Scope: +location 725$/m,
    /^Text: +two\\nlines$/m,
    /^Labels: +team=a$/m,
    /^Source: +by hand$/m,
    /^Series: +412$/m,
    /^Alerts: +1 firing, 0 pending$/m,
    /critical +high-cpu +725 +web-1/,
  ]) {
    assert.match(stdout, line);
  }
  const object = JSON.parse((await run(AlertsShow, ['high-cpu', '--json'])).stdout);
  assert.deepEqual(
    [object.matches, object.locations, object.labels, object.alerts[0].name],
    [412, ['725'], { team: 'a' }, 'high-cpu web-1'],
  );
  const wrong = await run(AlertsShow, ['high-cup']);
  assert.deepEqual([wrong.exit, wrong.error!.hint], [3, 'Did you mean high-cpu?']);
});

test('flags change single fields, and empty ones empty them', async () => {
  const { run, ruleOf, version } = await operator();
  await run(AlertsAdd, [
    'hot',
    'cpu.usage > 90',
    '--location',
    '725',
    '--runbook',
    'https://wiki/hot',
    '--label',
    'a=1',
  ]);
  const edited = await run(AlertsEdit, ['hot', '--expr', 'cpu.usage > 95', '--location', '']);
  assert.equal(edited.stderr, 'hot: expr: cpu.usage > 90 -> cpu.usage > 95; location: 725 -> -\n');
  await run(AlertsEdit, ['hot', '--runbook', '', '--label', 'b=2', '--no-resolved', '--no-enabled']);
  const { locations, runbook, labels, tellResolved, enabled } = await ruleOf('hot');
  assert.deepEqual(
    [locations, runbook, labels, tellResolved, enabled],
    [[], undefined, { b: '2' }, false, false],
  );
  const before = await version();
  assert.equal((await run(AlertsEdit, ['hot', '--expr', 'cpu.usage>95'])).stderr, 'Nothing was changed.\n');
  const refused = await run(AlertsEdit, ['hot', '--expr', 'cpu.usage > 0.9']);
  assert.deepEqual([refused.exit, /0 to 100/.test(refused.error!.message)], [2, true]);
  assert.equal((await run(AlertsEdit, ['hot'])).error!.code, 'NEEDS_CONFIRMATION');
  assert.equal(await version(), before);
});

test('another name keeps the rule and its times; one that is taken or built in is refused', async () => {
  const { run, ruleOf, manage } = await operator();
  await run(AlertsAdd, ['hot', 'cpu.usage > 90']);
  await run(AlertsAdd, ['other', 'cpu.usage > 90']);
  const { createdMs } = await ruleOf('hot');
  const { id } = await manage.putSilence({ matchers: ['rule=hot'], reason: 'work', author: 'ann' });
  const renamed = await run(AlertsEdit, ['hot', '--severity', 'critical', '--name', 'hotter']);
  assert.match(renamed.stderr, /severity: warning -> critical\nhot: is hotter now\n/);
  assert.ok(renamed.stderr.includes(`silence ${id} names the old name`));
  assert.deepEqual(
    [(await ruleOf('hotter')).createdMs, (await ruleOf('hotter')).severity],
    [createdMs, 'critical'],
  );
  assert.equal(await ruleOf('hot'), undefined);
  assert.equal((await run(AlertsEdit, ['hotter', '--name', 'other'])).exit, 4);
  assert.equal((await run(AlertsEdit, ['host-silent', '--name', 'quiet'])).exit, 2);
  assert.equal((await run(AlertsEdit, ['hotter', '--name', 'ho\u0007t'])).exit, 2);
  await run(AlertsEdit, ['hotter', '--name', 'hot']);
  assert.equal((await ruleOf('hot')).identity, undefined);
});

test('a name that is taken refuses the other changes with it', async () => {
  const { run, ruleOf } = await operator();
  await run(AlertsAdd, ['hot', 'cpu.usage > 90']);
  await run(AlertsAdd, ['other', 'cpu.usage > 90']);
  assert.equal((await run(AlertsEdit, ['hot', '--expr', 'cpu.usage > 50', '--name', 'other'])).exit, 4);
  assert.equal((await ruleOf('hot')).expression, 'cpu.usage > 90');
  assert.equal((await run(AlertsEdit, ['hot', '--expr', 'nonsense >', '--name', 'new'])).exit, 2);
  assert.equal(await ruleOf('new'), undefined);
});

test('an edited rule stays with its source, and that is said', async () => {
  const { run, ruleOf } = await operator();
  await run(AlertsApply, ['-f', '-', '--source', 'team', '--no-preview'], {
    input: "rules: [{name: hot, expr: 'cpu.usage > 90'}]",
  });
  const edited = await run(AlertsEdit, ['hot', '--severity', 'critical']);
  assert.match(
    edited.stderr,
    /It belongs to team: the next alerts apply of that source overwrites this change\./,
  );
  assert.equal((await ruleOf('hot')).source, 'team');
  await run(AlertsEdit, ['host-silent', '--expr', 'silent for 10m']);
  assert.equal((await ruleOf('host-silent')).expression, 'silent for 10m');
});

test('the editor: what is typed is saved; what is refused opens again with the reason; what is given up is kept', async () => {
  const { run, ruleOf, version } = await operator();
  await run(AlertsAdd, ['hot', 'cpu.usage > 90']);
  const typed = await run(AlertsEdit, ['hot'], editor(`sed -i 's/> 90/> 95/' "$1"`));
  assert.match(typed.stderr, /hot: expr: cpu\.usage > 90 -> cpu\.usage > 95/);
  const twice = editor(
    `if grep -q '^# ! ' "$1"; then sed -i 's/usge/usage/' "$1"; else sed -i 's/usage > 95/usge > 97/' "$1"; fi`,
  );
  await run(AlertsEdit, ['hot'], twice);
  assert.equal((await ruleOf('hot')).expression, 'cpu.usage > 97');
  const before = await version();
  const given = await run(
    AlertsEdit,
    ['hot'],
    editor(`grep -q '^# ! ' "$1" || sed -i 's/severity/serverity/' "$1"`),
  );
  assert.equal(given.exit, 2);
  assert.match(given.error!.message, /unknown key serverity\. Did you mean severity\?/);
  const kept = /Your text is in (\S+)/.exec(given.error!.hint!)![1]!;
  assert.match(readFileSync(kept, 'utf8'), /serverity: warning/);
  for (const script of ['true', 'true > "$1"', `sed -i 's/name: hot$/name: hotter/' "$1"`, 'exit 3']) {
    await run(AlertsEdit, ['hot'], editor(script));
  }
  assert.equal(await version(), before);
  const left = await run(AlertsEdit, ['hot'], editor('exit 3'));
  assert.match(left.error!.message, /^cancelled, nothing changed: the editor .* ended with 3$/);
  const gone = { terminal: true, environment: { EDITOR: '/nonexistent/editor' } };
  assert.match((await run(AlertsEdit, ['hot'], gone)).error!.hint!, /^Set EDITOR to an installed editor/);
});

test('what somebody changed while the editor was open is not taken back', async () => {
  const { run, ruleOf, manage } = await operator();
  await run(AlertsAdd, ['hot', 'cpu.usage > 90']);
  let isRead = false;
  const meanwhile = async () => {
    const rules = await manage.listRules();
    if (!isRead) await manage.putRule({ ...(await ruleOf('hot')), severity: 'critical', replace: true });
    isRead = true;
    return rules;
  };
  const edited = await run(AlertsEdit, ['hot'], {
    ...editor(`sed -i 's/> 90/> 95/' "$1"`),
    manage: { ...manage, listRules: meanwhile },
  });
  assert.deepEqual([edited.exit, edited.error?.code], [4, 'RULE_CHANGED']);
  assert.match(edited.error!.hint!, /Your text is in/);
  const { severity, expression } = await ruleOf('hot');
  assert.deepEqual([severity, expression], ['critical', 'cpu.usage > 90']);
});

test('of two edits by flags at once the second is refused, also where the first came between its check and its save', async () => {
  const { run, ruleOf, manage } = await operator();
  await run(AlertsAdd, ['hot', 'cpu.usage > 90']);
  const between = {
    ...manage,
    planRules: async (request: Parameters<typeof manage.planRules>[0]) => {
      const plan = await manage.planRules(request);
      await manage.setRuleEnabled({ name: 'hot', enabled: false });
      return plan;
    },
  };
  const argv = ['hot', '--expr', 'cpu.usage > 95'];
  const second = await run(AlertsEdit, argv, { manage: between });
  assert.deepEqual(
    [second.exit, second.error?.code, second.error?.message],
    [4, 'RULE_CHANGED', 'rule hot was changed meanwhile'],
  );
  const { expression, enabled } = await ruleOf('hot');
  assert.deepEqual([expression, enabled], ['cpu.usage > 90', false]);
  const renamed = await run(AlertsEdit, ['hot', '--name', 'hotter', ...argv.slice(1)]);
  assert.equal(renamed.exit, 0, renamed.stderr);
  const { updatedMs } = await ruleOf('hotter');
  await assert.rejects(manage.renameRule({ name: 'hotter', newName: 'x', ifUpdatedMs: updatedMs - 1 }), {
    code: 'RULE_CHANGED',
  });
  const builtIn = await run(AlertsEdit, ['host-silent', '--severity', 'warning']);
  assert.equal(builtIn.exit, 0, builtIn.stderr);
});

test('a renamed rule: what named it by the old name, and covers it no longer, is said', async () => {
  const { run, manage } = await operator();
  await run(AlertsAdd, ['hot', 'cpu.usage > 90']);
  const silence = async (matchers: readonly string[], expired = false) => {
    const { id } = await manage.putSilence({ matchers, reason: 'test' });
    if (expired) await manage.expireSilence({ id });
    return id;
  };
  const [exact, glob] = [await silence(['rule=hot']), await silence(['rule~h*t'])];
  await silence(['rule~hot*']);
  await silence(['rule!=other']);
  await silence(['host=a']);
  await silence(['rule=hot'], true);
  const { stderr } = await run(AlertsEdit, ['hot', '--name', 'hotter']);
  const left = [...stderr.matchAll(/silence (\S+) names the old name, and no longer matches/g)];
  assert.deepEqual(left.map(([, id]) => id).sort(), [exact, glob].sort());
});

test('whose rule it is cannot be changed in the editor, and is not dropped in silence', async () => {
  const { run, ruleOf } = await operator();
  await run(AlertsAdd, ['hot', 'cpu.usage > 90']);
  const edited = await run(
    AlertsEdit,
    ['hot'],
    editor(`grep -q ^source "$1" || sed -i '1i source: team' "$1"`),
  );
  assert.equal(edited.exit, 2);
  assert.match(
    `${edited.error!.message}\n${edited.error!.hint}`,
    /the source of the rule \(no file\) cannot be edited.*\nLeave source out/,
  );
  assert.equal((await ruleOf('hot')).source, '');
});
