// The limits of one tick at their bounds, and what of other agents' ticks minimon's own may not have.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS, type Tick } from '../../src/domain/tick.ts';
import { encodeRequest, encodeTick } from '../../src/wire/tick-writer.ts';
import { metricValue, padded, reportOnBus, request, tick } from './ticks.ts';

/** Whether the tick is taken, or else why not. */
async function outcomeOf(more: Partial<Tick>): Promise<string | undefined> {
  const { service } = await reportOnBus();
  const { refusals } = await service.report(request([tick(more)]));
  return refusals[0]?.reason;
}

test('the limits of a tick are inclusive, in bytes', async () => {
  const facts = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, 'x']));
  assert.equal(await outcomeOf({ facts: facts(64) }), undefined);
  assert.match((await outcomeOf({ facts: facts(65) }))!, /65 facts; the limit is 64/);
  assert.equal(await outcomeOf({ facts: { os: 'é'.repeat(511) } }), undefined);
  assert.match((await outcomeOf({ facts: { os: `${'é'.repeat(511)}x` } }))!, /fact os is over .* 1024 bytes/);
  assert.match((await outcomeOf({ facts: JSON.parse('{"__proto__":"x"}') }))!, /"__proto__" is not allowed/);
  for (const [name, field] of Object.entries({
    machine_id: 'machineId',
    boot_id: 'bootId',
    agent_version: 'agentVersion',
    source: 'source',
    replica: 'replica',
  })) {
    assert.equal(await outcomeOf({ [field]: 'é'.repeat(64) }), undefined, name);
    const over = await outcomeOf({ [field]: `${'é'.repeat(64)}x` });
    assert.equal(over, `${name} is over the limit of 128 bytes`);
  }
});

test('a tick of 512 KiB is taken, and one of a byte more is not', async () => {
  const { service } = await reportOnBus();
  const answers = [0, 1].map((more) =>
    service.report(encodeRequest([padded(encodeTick(tick()), LIMITS.batchBytes + more)], false)),
  );
  const [taken, refused] = await Promise.all(answers);
  assert.equal(taken!.acceptedSamples, 2);
  assert.match(refused!.refusals[0]!.reason, /tick is 524289 bytes; the limit is 524288 bytes a tick/);
});

test('counters and ends are of other agents only, finite, and 500 a tick', async () => {
  const counter = (i: number, value = i) => ({
    metric: 'net.received',
    labels: { interface: `e${i}` },
    value,
  });
  const end = (i: number) => ({ metric: 'app.gone', labels: { i: `${i}` } });
  const list = <T>(count: number, of: (i: number) => T) => Array.from({ length: count }, (_, i) => of(i));
  const source = 'telegraf';
  for (const [more, reason] of [
    [{ source, counters: list(500, counter) }, undefined],
    [{ source, counters: list(501, counter) }, /501 counters; the limit is 500/],
    [{ counters: [counter(1)] }, /counters are only for other agents/],
    [{ source, counters: [counter(1, Number.POSITIVE_INFINITY)] }, /not a finite number/],
    [{ source, counters: [{ ...counter(1), metric: 'net.lost' }] }, /"net.lost" is unknown/],
    [{ source, ended: list(500, end) }, undefined],
    [{ source, ended: list(501, end) }, /501 series that ended; at most 500 may/],
    [{ ended: [end(1)] }, /of other agents only/],
  ] as const) {
    const found = await outcomeOf(more);
    if (reason === undefined) assert.equal(found, undefined);
    else assert.match(found!, reason);
  }
});

test('counters of a tick that is refused are received and refused, as its samples are', async () => {
  const { service, metrics } = await reportOnBus();
  const counters = [{ metric: 'net.received', labels: { interface: 'eth0' }, value: 1 }];
  const answer = await service.report(request([tick({ source: 'telegraf', counters, intervalMs: 0 })]));
  assert.equal(answer.refusedSamples, 3);
  const text = await metrics.text();
  assert.equal(metricValue(text, 'samples_received_total'), 3);
  assert.equal(metricValue(text, 'samples_refused_total'), 3);
});
