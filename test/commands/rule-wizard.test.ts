// alerts add: the wizard's questions on a terminal, what is shown before a rule is saved, and that Ctrl-C leaves nothing behind.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnalyzeService } from '../../src/api/analyze.ts';
import AlertsAdd from '../../src/commands/alerts/add.ts';
import { ExpectedError } from '../../src/domain/errors.ts';
import type { Prompts } from '../../src/terminal/prompts.ts';
import { askRule } from '../../src/terminal/rule-wizard.ts';
import { NOW } from '../terminal/screens.ts';
import { alertBackends } from '../warn/alert-parts.ts';
import { analyzeWith } from './backtests-in-memory.ts';
import { runCommand, type Scene } from './run-in-process.ts';
import { analyzeInMemory } from './services-in-memory.ts';

const HOOK = JSON.stringify({ url: 'https://hooks.example.org/x' });

async function operator() {
  const { manage, catalog } = await alertBackends();
  const run = (argv: readonly string[], scene: Scene) => runCommand(AlertsAdd, argv, { manage, ...scene });
  const names = async () =>
    (await catalog.alertConfiguration.read()).rules.map(({ name, expression }) => `${name}: ${expression}`);
  return { run, manage, names };
}

test('the wizard asks for all, shows the backtest, and saves after a yes', async () => {
  const { run, manage, names } = await operator();
  await manage.assignHosts({ new: true, assignments: [{ hostId: 'web-1', location: '725' }] });
  await manage.putReceiver({ name: 'ops', kind: 'slack', options: HOOK });
  const scene = (last: string): Scene => ({
    terminal: true,
    analyze: analyzeWith(2, 40),
    answers: [
      [/Which location\?[\s\S]*725/, '725'],
      [/\? 725\n❯ 725/, '\r'],
      [/Which metric\?[\s\S]*cpu\.usage/, 'mem.us'],
      [/mem\.us\n❯ mem\.usage/, '\r'],
      [/Fires when mem\.usage is/, '\r'],
      [/Above which number\?/, '120\r'],
      [/0 to 100/, '\u007f\u007f\u007f95\r'],
      [/For how long/, '\r'],
      [/Severity\?/, '\r'],
      [/Which receivers\?[\s\S]*ops/, ' \r'],
      [/Name of the rule\?[\s\S]*mem-usage/, '\r'],
      [/Save mem-usage: mem\.usage > 95 for 5m\?/, last],
    ],
  });
  const refused = await run([], scene('n\r'));
  assert.match(refused.stderr, /it would have fired 2 times on 2 of 40 hosts/);
  assert.match(refused.stderr, /Nothing was saved/);
  assert.deepEqual(await names(), []);
  const interrupted = await run([], scene('\u0003'));
  assert.equal(interrupted.exit, 130);
  assert.deepEqual(await names(), []);
  const saved = await run([], scene('y\r'));
  assert.match(saved.stderr, /mem-usage: mem\.usage > 95 for 5m\n$/);
  const [rule] = (await manage.listRules()).filter(({ createdMs }) => createdMs > 0);
  assert.deepEqual([rule!.locations, rule!.notify, rule!.severity], [['725'], ['ops'], 'warning']);
});

test('without a terminal nothing is asked, and what is missing is said', async () => {
  const { run } = await operator();
  assert.match((await run([], {})).error!.message, /the name of the rule is missing/);
  assert.match(
    (await run(['hot'], { terminal: true })).error!.message,
    /the expression of the rule is missing/,
  );
});

test('by flags the backtest is said before the rule is saved; where analyze is away that is said, and it is saved', async () => {
  const { run, names } = await operator();
  const analyze = analyzeWith(3, 40);
  const added = await run(['hot', 'cpu.usage > 90', '--location', '725'], { analyze });
  assert.match(
    added.stderr,
    /In 7d it would have fired 3 times on 3 of 40 hosts.*\n[\s\S]*hot: cpu\.usage > 90\n$/,
  );
  assert.equal(added.stdout, '');
  assert.deepEqual(analyze.asked[0]![0]!.locations, ['725']);
  const down = {
    ...analyze,
    backtest: (): ReturnType<AnalyzeService['backtest']> => {
      throw new ExpectedError('UNREACHABLE', 'analyze does not answer');
    },
  };
  const second = await run(['warm', 'cpu.usage > 80'], { analyze: down });
  assert.equal(second.stderr, 'Without a backtest: analyze does not answer\nwarm: cpu.usage > 80\n');
  await run(['third', 'cpu.usage > 70', '--no-backtest'], {});
  assert.deepEqual(await names(), ['hot: cpu.usage > 90', 'third: cpu.usage > 70', 'warm: cpu.usage > 80']);
  const again = await run(['hot', 'cpu.usage > 95'], {});
  assert.equal(again.exit, 4, 'and no backtest for what cannot be saved');
});

test('a rule that would fire on nearly all hosts, or on none, is said; over 1,000 alerts it wants --yes', async () => {
  const { run, names } = await operator();
  const most = await run(['most', 'cpu.usage > 1'], { analyze: analyzeWith(9, 10) });
  assert.match(most.stderr, /most would fire on 9 of 10 hosts now/);
  const none = await run(['none', 'cpu.usage > 1'], { analyze: analyzeWith(0, 0) });
  assert.match(none.stderr, /none: no host in its scope reports its metrics/);
  const at = await run(['at', 'cpu.usage > 1'], { analyze: analyzeWith(1_000, 2_400) });
  assert.equal(at.exit, 0);
  const many = await run(['many', 'cpu.usage > 1'], { analyze: analyzeWith(2_390, 2_400) });
  assert.deepEqual([many.exit, many.error!.code], [2, 'NEEDS_CONFIRMATION']);
  assert.match(many.error!.message, /save many would fire on 2,390 of 2,400 hosts now/);
  assert.equal((await names()).length, 3);
  assert.equal(
    (await run(['many', 'cpu.usage > 1', '--yes'], { analyze: analyzeWith(2_390, 2_400) })).exit,
    0,
  );
});

/** The questions answered from a list, without a terminal. */
function script(answers: readonly unknown[]) {
  const asked: string[] = [];
  const rest = [...answers];
  const answer = async (question: { message: string; validate?: (text: string) => string | undefined }) => {
    asked.push(question.message);
    for (;;) {
      const next = rest.shift();
      if (question.validate === undefined || question.validate(String(next)) === undefined) return next;
      asked.push('again');
    }
  };
  const ask = { select: answer, search: answer, input: answer, pickSome: answer } as unknown as Prompts;
  return { ask, asked };
}

test('an expression of your own is checked as it is typed; what flags say is not asked', async () => {
  const { manage } = await operator();
  await manage.putRule({ name: 'cpu-usage', expression: 'cpu.usage > 90' });
  const services = { manage, analyze: analyzeInMemory().service, nowMs: NOW };
  const own = script([
    '',
    'cpu.usage >',
    'cpu.usage > 0.9',
    'cpu.usage > 97',
    'cpu-usage',
    'ho\u0007t',
    'hot',
  ]);
  assert.deepEqual(await askRule(own.ask, services, { locations: ['725'], severity: 'info', notify: [] }), {
    name: 'hot',
    expression: 'cpu.usage > 97',
    severity: 'info',
    locations: ['725'],
    notify: [],
  });
  assert.deepEqual(own.asked, [
    'Which metric?',
    'Fires when',
    'again',
    'again',
    'Name of the rule?',
    'again',
    'again',
  ]);
  const low = script(['disk.free', '<', '5', '5GiB', '5', '0', 'low']);
  const { expression } = await askRule(low.ask, services, { severity: 'info' });
  assert.equal(expression, 'disk.free < 5GiB');
});
