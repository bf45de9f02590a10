// The agent's own reading of its command line against the command framework's: equal, or left to it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Parser } from '@oclif/core';
import { readAgentLine } from '../../src/assembly/agent-line.ts';
import { settingsOf } from '../../src/assembly/flag-settings.ts';
import DaemonAgent from '../../src/commands/daemon/agent.ts';

const flags = { ...DaemonAgent.baseFlags, ...DaemonAgent.flags };

const PLAIN = [
  '',
  '--report 10.0.0.6:8000 --report 10.0.0.7:8000 --location 725',
  '--report=a:1 --interval=10s --data=/var/lib/x --host-id=web-1 --root /host',
  '--config /etc/minimon/x.yaml --set agent.immediate=true --set=agent.admin=127.0.0.1:0',
  '--port-offset 3500 --log-level debug --insecure',
  '--port-offset=0 --set data=/x=y',
];

test('plain lines are read as the framework reads them', async () => {
  for (const line of PLAIN) {
    const argv = line.split(' ').filter(Boolean);
    const parsed = await Parser.parse(argv, { flags, strict: true });
    const expected = { file: parsed.flags['config'], flags: settingsOf(parsed.flags) };
    assert.deepEqual(readAgentLine(argv), expected, line);
  }
});

test('help, --once, mistakes and what is rare are left to it', () => {
  for (const line of [
    '--help',
    '-h',
    '--once',
    '--once --json',
    '--no-color',
    'word',
    '--',
    '--interval',
    '--interval=',
    '--interval 10s --interval 20s',
    '--interval --once',
    '--data -x',
    '--nonsense 1',
    '--port-offset many',
    '--log-level loud',
    '--insecure=true',
    '--insecure --insecure',
    '--set nothing',
    '--json',
    '--server x',
  ])
    assert.equal(readAgentLine(line.split(' ')), undefined, line);
  assert.equal(readAgentLine(['--interval', '']), undefined);
  assert.equal(readAgentLine(['--toString', 'x']), undefined);
});
