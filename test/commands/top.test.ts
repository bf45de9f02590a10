// minimon top as a command: not without a terminal, and a real terminal is taken and given back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import Top from '../../src/commands/top.ts';
import { runCommand } from './run-in-process.ts';
import { analyzeInMemory, manageInMemory } from './services-in-memory.ts';

test('without a terminal it names what programs read instead', async () => {
  const { error, exit } = await runCommand(Top, []);
  assert.deepEqual([exit, error?.code], [2, 'USAGE']);
  assert.match(error?.hint ?? '', /minimon metrics --watch --json/);
});

test('on a terminal it draws, takes keys, and leaves the terminal as it was', async () => {
  const [manage, analyze] = [manageInMemory(), analyzeInMemory()];
  const { stdout, stderr, exit } = await runCommand(Top, ['--utc', '-v'], {
    manage: manage.service,
    analyze: analyze.service,
    warn: { listAlerts: async () => ({ alerts: [], warnings: [] }) } as never,
    terminal: true,
    answers: [
      [/web-1 +725/, 'l'],
      [/LOCATION +HOSTS/, '?'],
      [/select a row/, 'q'],
      [/LOCATION +HOSTS/, 'q'],
    ],
  });
  assert.deepEqual([exit, stderr], [0, '']);
  assert.match(stdout, /5 hosts: 3 reporting, 1 silent, 1 never/);
  assert.ok(
    stdout.endsWith('\u001b[?7h\u001b[?25h\u001b[0m\u001b[?1049l'),
    JSON.stringify(stdout.slice(-60)),
  );
});
