// What holds for every kind that speaks HTTP, in the same words: network faults, redirects, too fast, equal tries.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { KIND_NAMES } from '../../src/receivers/kinds.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { AT_MS, alertOf, largeMessage, messageOf, NEVER, open, timedOut } from './sample-messages.ts';
import { type Answer, startHttpStub } from './servers/http-stub.ts';

const KEY = '0123456789abcdef0123456789abcdef';
const HTTP_KINDS = KIND_NAMES.filter((kind) => kind !== 'email');
const optionsFor = (kind: string, url: string): object =>
  kind === 'pagerduty' ? { url, routing_key: KEY } : { url };

async function start(t: TestContext, kind: string, answer: Answer, path = '') {
  const clock = createVirtualClock(AT_MS);
  const stub = await startHttpStub(t, () => answer);
  const receiver = await open(kind, optionsFor(kind, `${stub.url}${path}`), { clock });
  return { stub, receiver, clock };
}

for (const kind of HTTP_KINDS) {
  test(`${kind}: no connection is retried, a blocked address refused`, async () => {
    const closed = await open(kind, optionsFor(kind, 'http://127.0.0.1:1/T0KENT0KEN'));
    assert.deepEqual(await closed.send(messageOf(), NEVER), {
      kind: 'retry',
      reason: 'connect ECONNREFUSED 127.0.0.1:1',
    });
    const blocked = await open(kind, optionsFor(kind, 'http://[::ffff:169.254.169.254]/T0KENT0KEN'));
    assert.equal((await blocked.send(messageOf(), NEVER)).kind, 'refused');
  });

  test(`${kind}: a redirect is refused and not followed`, async (t) => {
    for (const status of [300, 302, 399]) {
      const { stub, receiver } = await start(t, kind, {
        status,
        headers: { location: 'https://login.example.org/in?next=1' },
      });
      const outcome = await receiver.send(messageOf(), NEVER);
      assert.ok(outcome.kind === 'refused');
      assert.ok(
        outcome.reason.endsWith(`redirect (${status}) to https://login.example.org/in`),
        outcome.reason,
      );
      assert.equal(stub.received.length, 1);
    }
  });

  test(`${kind}: 429 waits as long as it says, 5xx is retried, 4xx refused`, async (t) => {
    const fast = await start(t, kind, { status: 429, headers: { 'retry-after': '20' } });
    const outcome = await fast.receiver.send(messageOf(), NEVER);
    assert.ok(outcome.kind === 'retry');
    assert.equal(outcome.afterMs, 20_000);
    const broken = await start(t, kind, { status: 502, body: '<html>Bad Gateway' });
    assert.equal((await broken.receiver.send(messageOf(), NEVER)).kind, 'retry');
    const wrong = await start(t, kind, { status: 403, body: 'no' });
    assert.equal((await wrong.receiver.send(messageOf(), NEVER)).kind, 'refused');
  });

  test(`${kind}: no answer is unknown: hung up, hanging, stopped`, async (t) => {
    const gone = await start(t, kind, 'hang up');
    assert.equal((await gone.receiver.send(messageOf(), NEVER)).kind, 'unknown');
    const slow = await start(t, kind, 'hang');
    const late = await timedOut(slow.receiver.send(messageOf(), NEVER), slow.stub.reached, slow.clock);
    assert.equal(late.kind, 'unknown');
    const stopped = await start(t, kind, 'hang');
    const stop = new AbortController();
    const pending = stopped.receiver.send(messageOf(), stop.signal);
    await stopped.stub.reached;
    stop.abort();
    assert.deepEqual(await pending, { kind: 'unknown', reason: 'stopped while sending' });
  });

  test(`${kind}: two tries of the same message are the same request`, async (t) => {
    const { stub, receiver } = await start(t, kind, { status: 503 });
    for (let tries = 0; tries < 2; tries++) await receiver.send(messageOf(), NEVER);
    const [first, second] = stub.received;
    assert.deepEqual(first!.body, second!.body);
    assert.deepEqual({ ...first!.headers, host: '' }, { ...second!.headers, host: '' });
  });

  test(`${kind}: an empty message, one of every state and a very large one are sent without an error of our own`, async (t) => {
    const { receiver } = await start(t, kind, { status: 503 });
    const states = [
      alertOf(),
      alertOf({ state: 'resolved', endedMs: AT_MS }),
      alertOf({ state: 'ended', endReason: 'no data' }),
      alertOf({ readings: [], subject: { labels: {} }, noDataSinceMs: AT_MS }),
    ];
    const digest = messageOf({
      reason: 'digest',
      alerts: [],
      digest: [{ location: '725', severity: 'info', firing: 1, resolved: 0 }],
    });
    for (const message of [
      messageOf({ alerts: [] }),
      messageOf({ alerts: states }),
      digest,
      largeMessage(5_000),
    ]) {
      const outcome = await receiver.send(message, NEVER);
      // PagerDuty has nothing to send where there is no alert.
      const expected = kind === 'pagerduty' && message.alerts.length === 0 ? 'sent' : 'retry';
      assert.equal(outcome.kind, expected, JSON.stringify(outcome));
    }
  });

  test(`${kind}: the token is in no reason and not in the address`, async (t) => {
    const stub = await startHttpStub(t, ({ url, body }) => ({ status: 400, body: `cannot ${url} ${body}` }));
    const receiver = await open(kind, optionsFor(kind, `${stub.url}/hook/T0KENT0KEN/send?key=K3YK3YK3Y`));
    const outcome = await receiver.send(messageOf(), NEVER);
    assert.ok(outcome.kind === 'refused');
    assert.doesNotMatch(`${outcome.reason} ${receiver.address}`, /T0KENT0KEN|K3YK3YK3Y|0123456789abcdef/);
  });
}
