// minimon alerts backtest, on a terminal and on a pipe, over a real store.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { AnalyzeService } from '../../src/api/analyze.ts';
import type { ManageClient } from '../../src/api/manage.ts';
import AlertsBacktest from '../../src/commands/alerts/backtest.ts';
import type { StreamTick } from '../../src/domain/alerting/evaluator.ts';
import { openRecording } from '../analyze/recordings.ts';
import { sampleOf } from '../domain/alerting/timeline.ts';
import { NOW } from '../terminal/screens.ts';
import { runCommand, type Scene } from './run-in-process.ts';

const MINUTE = 60_000;
const START_MS = NOW - 3 * 3_600_000;

const ticks = ['web-1', 'web-2'].flatMap((hostId, i) =>
  Array.from({ length: 180 }, (_, minute): StreamTick => {
    const timeMs = START_MS + minute * MINUTE;
    const value = minute >= 60 && minute < 90 + 30 * i ? 95 + i : 20;
    const samples = [sampleOf('cpu.usage', value)];
    return { hostId, timeMs, intervalMs: MINUTE, receivedMs: timeMs, samples };
  }),
);
const places = { 'web-1': '725', 'web-2': '726' };
const recorded = await openRecording({ ticks, places, startMs: START_MS, stopMs: NOW });
after(() => recorded.store.stop());

const saved = { name: 'hot', expression: 'cpu.usage > 95', severity: 'critical', locations: [], hosts: [] };
const run = (argv: readonly string[], scene: Scene = {}) =>
  runCommand(AlertsBacktest, [...argv, '--utc', '--since', '3h'], {
    analyze: recorded as unknown as AnalyzeService,
    manage: { listRules: async () => [saved] } as unknown as ManageClient,
    ...scene,
  });

test('on a terminal: the sentence, the course, the worst alerts', async () => {
  const { stdout, error } = await run(['cpu.usage > 90 for 5m', '--near'], { terminal: true });
  assert.equal(error, undefined);
  assert.match(stdout, /^cpu\.usage > 90 for 5m$/m);
  assert.match(stdout, /^In 3h it would have fired 2 times on 2 of 2 hosts: 1h 20m in all, longest 55m\.$/m);
  assert.match(stdout, /^\d\d:\d\d [·▁-█]+ \d\d:\d\d {2}\(5m each, at most 2 at once\)$/m);
  assert.match(
    stdout,
    /^ {2}cpu\.usage > 80 for 5m {2}2 times on 2 of 2 hosts, 1h 20m in all, longest 55m$/m,
  );
  assert.match(stdout, /^ {2}cpu\.usage > 95 for 5m {2}once on 1 of 2 hosts/m);
  assert.match(stdout, /warning +726 +web-2 +- +\d\d-\d\d \d\d:\d\d +55m +96\.0 % +resolved/);
  assert.deepEqual(
    stdout.split('\n').filter((line) => line.length > 80),
    [],
  );
});

test('on a pipe the near thresholds are told beside the table', async () => {
  const { stdout, stderr } = await run(['cpu.usage > 90 for 5m', '--near']);
  assert.match(stderr, /^ {2}cpu\.usage > 80 for 5m {2}2 times on 2 of 2 hosts/m);
  assert.ok(!stdout.includes('cpu.usage > 80'));
});

test('a week that was asked for of three hours of samples is said to be three hours', async () => {
  const { stdout, error } = await runCommand(
    AlertsBacktest,
    ['cpu.usage > 90 for 5m', '--utc', '--since', '7d'],
    {
      analyze: recorded as unknown as AnalyzeService,
      manage: { listRules: async () => [saved] } as unknown as ManageClient,
      terminal: true,
    },
  );
  assert.equal(error, undefined);
  assert.match(stdout, /^In 3h it would have fired 2 times/m);
});

test('on a pipe: the alerts alone, RFC 3339; the sentence on stderr', async () => {
  const { stdout, stderr } = await run(['cpu.usage', '>', '90', '--limit', '1']);
  const lines = stdout.trim().split('\n');
  assert.equal(lines.length, 2);
  assert.match(lines[1]!, /^warning +726 +web-2 +- +2026-11-25T12:00:05\.000Z +3600000 +96 +resolved/);
  assert.match(stderr, /would have fired 2 times/);
  assert.match(stderr, /and 1 more/);
});

test('a saved rule by its name, with its severity; the scope of the command line is used instead of its own', async () => {
  const { stdout } = await run(['hot', '--json', '--host', 'web-2']);
  const { rules, start_at } = JSON.parse(stdout);
  assert.equal(start_at, new Date(START_MS).toISOString());
  assert.deepEqual(
    [rules[0].name, rules[0].expression, rules[0].alerts[0].severity, rules[0].hosts],
    ['hot', 'cpu.usage > 95', 'critical', 1],
  );
});

test('where nothing would have fired, it says so', async () => {
  const { stdout } = await run(['cpu.usage > 99'], { terminal: true });
  assert.match(stdout, /^In 3h it would not have fired on any of 2 hosts\.$/m);
  assert.doesNotMatch(stdout, /SEVERITY/);
});

test('the stock set is a line a rule', async () => {
  const { stdout, error } = await run(['--stock', '-o', 'csv']);
  assert.equal(error, undefined);
  assert.match(stdout, /^rule,firings,hosts,firing_ms,longest_ms,trend,expression\r\n/);
  assert.match(stdout, /^cpu,2,2,/m);
  assert.match(stdout, /^host-silent,0,0,0,0,/m);
});

test('what is neither a rule nor an expression is refused with what was meant', async () => {
  assert.match((await run(['hott'])).error?.hint ?? '', /hot\?/);
  assert.equal((await run(['hott'])).exit, 3);
  assert.match((await run(['cpu.usage'])).error!.message, /Quote the whole expression/);
  const typo = await run(['cpu.usage > 90 fro 5m']);
  assert.equal(typo.exit, 2);
  assert.match(typo.error!.message, /\^{3}/);
  for (const argv of [[], ['--stock', 'hot']]) assert.equal((await run(argv)).exit, 2);
});
