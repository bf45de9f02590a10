// Case 22: strings from elsewhere, in whatever an answer holds, never reach the terminal as orders; as data they stay what they are.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ManageClient } from '../../src/api/manage.ts';
import type { WarnClient } from '../../src/api/warn.ts';
import AlertsAck from '../../src/commands/alerts/ack.ts';
import AlertsFiring from '../../src/commands/alerts/firing.ts';
import AlertsHistory from '../../src/commands/alerts/history.ts';
import AlertsList from '../../src/commands/alerts/list.ts';
import AlertsShow from '../../src/commands/alerts/show.ts';
import AlertsWhy from '../../src/commands/alerts/why.ts';
import Check from '../../src/commands/check.ts';
import ReceiversList from '../../src/commands/receivers/list.ts';
import ReceiversRoute from '../../src/commands/receivers/route.ts';
import ReceiversTest from '../../src/commands/receivers/test.ts';
import SilencesAdd from '../../src/commands/silences/add.ts';
import SilencesList from '../../src/commands/silences/list.ts';
import Wait from '../../src/commands/wait.ts';
import { ExpectedError } from '../../src/domain/errors.ts';
import { errorText } from '../../src/terminal/errors.ts';
import { memoryManage } from '../api/memory-services.ts';
import { memoryWarn } from '../api/memory-warn.ts';
import { runCommand } from './run-in-process.ts';

const ORDERS = '\u001b]0;owned\u0007\u001b[2J\u0085\u202e\r\n';
/** Closed sets and names that requests are found by. */
const KEPT = /^(severity|state|kind|verdict|topic|role|outcome|reason|name|rule|id|nextCursor|expression)$/;

/** The same answer, with orders in each text that somebody else may have written. */
function hostile<T>(value: T, key = ''): T {
  if (typeof value === 'string') return (KEPT.test(key) ? value : `${value}${ORDERS}`) as T;
  if (Array.isArray(value)) return value.map((one) => hostile(one, key)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]) => [name, hostile(inner, name)]);
  return Object.fromEntries(entries) as T;
}

const hostileService = <Service extends object>(service: Service): Service =>
  new Proxy(service, {
    get(target, key) {
      const call = Reflect.get(target, key) as unknown;
      if (typeof call !== 'function') return call;
      return async (...given: unknown[]) => hostile(await call(...given));
    },
  });

const warn = hostileService<Partial<WarnClient>>(memoryWarn());
const manage = hostileService(memoryManage()) as unknown as ManageClient;
const failing: Partial<WarnClient> = new Proxy(
  {},
  {
    get: (_, key) =>
      key === 'then'
        ? undefined
        : async () => {
            throw new ExpectedError('UNREACHABLE', `warn said ${ORDERS}`, { hint: `ask ${ORDERS}` });
          },
  },
);

const COMMANDS: readonly (readonly [unknown, readonly string[], object?])[] = [
  [AlertsFiring, []],
  [AlertsList, []],
  [AlertsShow, ['high-cpu']],
  [AlertsHistory, ['--limit', '1']],
  [AlertsWhy, ['high-cpu', '--host', 'web-1']],
  [AlertsAck, ['high-cpu', '--note', 'x'], {}],
  [ReceiversList, []],
  [ReceiversTest, ['mail']],
  [ReceiversRoute, ['location=725']],
  [SilencesList, []],
];

for (const [command, argv] of COMMANDS) {
  const { name } = command as { name: string };
  test(`case 22: ${name} shows escapes, and holds the strings as data`, async () => {
    for (const terminal of [true, false]) {
      const { stdout, stderr, error } = await runCommand(command, argv, { warn, manage, terminal });
      const told = error === undefined ? '' : errorText(error, { color: false });
      // Of colours nothing is left: the scene has none.
      assert.doesNotMatch(`${stdout}${stderr}${told}`, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
      assert.match(`${stdout}${stderr}${told}`, /\\e\]0;owned|\\u202e|…|\.\.\./);
    }
    if (command === AlertsAck) return;
    const { stdout } = await runCommand(command, [...argv, '--json'], { warn, manage });
    assert.doesNotMatch(stdout, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    assert.ok(JSON.stringify(JSON.parse(stdout)).includes(JSON.stringify(ORDERS).slice(1, -1)), stdout);
  });
}

test('case 22: what a service says where it fails is shown with escapes by check, wait and the rest', async () => {
  for (const [command, argv] of [
    [Check, ['--host', 'web-1', '--rule', 'high-cpu']],
    [Wait, ['--firing', 'high-cpu', '--timeout', '10ms']],
    [AlertsFiring, []],
    [AlertsWhy, ['high-cpu']],
    [ReceiversTest, ['mail']],
    [SilencesAdd, ['host=web-1', '--reason', 'x', '--dry-run']],
  ] as const) {
    const { stdout, stderr, error } = await runCommand(command, argv, {
      warn: failing,
      manage: memoryManage(),
    });
    const told = `${stdout}${stderr}${error === undefined ? '' : errorText(error, { color: false })}`;
    assert.doesNotMatch(told, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/, String(argv));
    assert.match(told, /warn said|owned/);
  }
});
