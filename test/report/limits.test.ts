// Limits of hosts and series: what is over one is refused by name before it is acknowledged, and all others go on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAdmission, OWN_SERIES } from '../../src/daemons/report/admission.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { layoutOf } from '../../src/wire/tick-layout.ts';
import { metricValue, NOW, reportOnBus, request, tick } from './ticks.ts';

const HALF_DAY = 12 * 3_600_000;
const layout = (...names: readonly (string | number)[]) =>
  layoutOf(names.map((name) => ({ metric: 'app.gauge', labels: { name: `${name}` }, value: 1 })));
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
const samples = (from: number, to: number) =>
  numbers(from, to).map((i) => ({ metric: 'app.gauge', labels: { i: `${i}` }, value: i }));

function admission(limits: { maxHosts?: number; maxSeries?: number; maxSeriesPerHost?: number }) {
  const clock = createVirtualClock(NOW);
  const made = createAdmission({ maxHosts: 10, maxSeries: 1_000, maxSeriesPerHost: 100, ...limits }, clock);
  /** How many of the names are taken; 'host' when the host is not. */
  const send = (hostId: string, ...names: readonly (string | number)[]) => {
    if (made.hostError(hostId) !== undefined) return 'host';
    const errors = made.seriesErrors(hostId, layout(...names), 'none');
    return errors === 'none' ? names.length : errors.filter((error) => error === undefined).length;
  };
  return { ...made, clock, send };
}

test('a host has so many series over all its ticks, and those that it has go on', () => {
  const { send } = admission({ maxSeriesPerHost: 3 });
  assert.equal(send('a', 1, 2), 2);
  assert.equal(send('a', 2, 3, 4, 5), 2);
  assert.equal(send('a', 1, 2, 3), 3);
  assert.equal(send('b', 7, 8, 9), 3);
});

test('a series that was not seen for a day makes room; one that is seen keeps its place', async () => {
  const { send, clock, counts } = admission({ maxSeriesPerHost: 2 });
  send('a', 1, 2);
  await clock.advanceTo(clock.nowMs() + HALF_DAY);
  assert.equal(send('a', 1, 3), 1);
  await clock.advanceTo(clock.nowMs() + HALF_DAY);
  assert.equal(send('a', 1, 3), 2);
  assert.deepEqual(counts(), { hosts: 1, series: 2 });
});

test('a host that was not seen for a day makes room', async () => {
  const { send, clock, counts } = admission({ maxHosts: 2 });
  send('a', 1);
  send('b', 1);
  assert.equal(send('c', 1), 'host');
  await clock.advanceTo(clock.nowMs() + HALF_DAY);
  assert.equal(send('a', 1), 1);
  assert.equal(send('c', 1), 'host');
  await clock.advanceTo(clock.nowMs() + HALF_DAY);
  assert.equal(send('c', 1), 1);
  assert.equal(send('d', 1), 'host');
  assert.deepEqual(counts(), { hosts: 2, series: 2 });
});

test('series in all run out for those who have many; each host has its own first ones', () => {
  const { send } = admission({ maxSeries: 40, maxSeriesPerHost: 100 });
  assert.equal(send('greedy', ...numbers(0, 60)), 40);
  assert.equal(send('late', ...numbers(0, 40)), OWN_SERIES);
});

test('hosts of before the start have their places, even when there are more than the limit', async () => {
  const { send, addKnown, clock } = admission({ maxHosts: 1 });
  addKnown(['a', 'b']);
  assert.equal(send('invented', 1), 'host');
  assert.equal(send('a', 1), 1);
  assert.equal(send('b', 1), 1);
  await clock.advanceTo(clock.nowMs() + 2 * HALF_DAY);
  assert.equal(send('a', 1), 1);
});

test('hosts of before the start that are gone make room half a day later, those that report stay', async () => {
  const { send, addKnown, clock } = admission({ maxHosts: 2 });
  addKnown(['gone', 'there']);
  assert.equal(send('there', 1), 1);
  await clock.advanceTo(clock.nowMs() + HALF_DAY - 1);
  assert.equal(send('new', 1), 'host');
  await clock.advanceTo(clock.nowMs() + 1);
  assert.equal(send('new', 1), 1);
  assert.equal(send('other', 1), 'host');
});

test('series that come in one and the same layout for days keep their places', async () => {
  const { seriesErrors, hostError, clock, counts } = admission({});
  const same = layout(1, 2);
  for (let half = 0; half < 5; half++) {
    assert.equal(hostError('a'), undefined);
    assert.equal(seriesErrors('a', same, 'none'), 'none');
    assert.equal(counts().series, 2);
    await clock.advanceTo(clock.nowMs() + HALF_DAY);
  }
});

test('other agents of a host that are gone make room half a day later', async () => {
  const { sourceError, hostError, clock } = admission({});
  assert.equal(hostError('a'), undefined);
  for (const i of numbers(0, 64)) assert.equal(sourceError('a', `job-${i}`), undefined);
  assert.match(sourceError('a', 'one-more')!, /limit of 64/);
  await clock.advanceTo(clock.nowMs() + HALF_DAY);
  assert.equal(hostError('a'), undefined);
  assert.equal(sourceError('a', 'one-more'), undefined);
});

test('a hundred refused hosts are told of, and others half a day later', async () => {
  const { isShown, hostError, clock } = admission({});
  for (const i of numbers(0, 100)) assert.equal(isShown(`made-up-${i}`), true);
  assert.equal(isShown('one-more'), false);
  assert.equal(isShown('made-up-7'), true);
  await clock.advanceTo(clock.nowMs() + HALF_DAY);
  hostError('a');
  assert.equal(isShown('one-more'), true);
});

test('what is over a limit is refused each time, beside errors of the samples themselves', () => {
  const { seriesErrors, hostError } = admission({ maxSeriesPerHost: 1 });
  hostError('a');
  const same = layout(1, 2, 3);
  for (let time = 0; time < 2; time++) {
    const [first, second, third] = seriesErrors('a', same, ['bad', undefined, undefined]);
    assert.deepEqual([first, second], ['bad', undefined]);
    assert.match(third!, /over the limit of 1 series a host/);
  }
});

test('a sample with an error of its own takes no place', () => {
  const { seriesErrors, hostError, counts } = admission({});
  hostError('a');
  assert.deepEqual(seriesErrors('a', layout(1, 2), ['bad', undefined]), ['bad', undefined]);
  assert.equal(counts().series, 1);
});

test('the answer names the limit and its setting, the rest of the tick is taken, the host is told of on the bus', async () => {
  const { service, clock, metrics, published } = await reportOnBus({ limits: { maxSeriesPerHost: 400 } });
  await service.report(request([tick({ samples: samples(0, 300) })]));
  const answer = await service.report(
    request([tick({ timeMs: NOW + 1_000, samples: samples(200, 500) }), tick({ hostId: 'other' })]),
  );
  assert.deepEqual([answer.acceptedSamples, answer.refusedSamples], [202, 100]);
  const reason = 'series is over the limit of 400 series a host (report.max_series_per_host)';
  assert.equal(answer.refusals[0]!.reason, reason);
  const [, second] = await published();
  assert.deepEqual(
    second!.ticks.map(({ hostId, samples: taken }) => [hostId, taken.length]),
    [
      ['web-1', 200],
      ['other', 2],
    ],
  );
  assert.deepEqual(
    second!.refusals.map(({ hostId, samples: refused, reason: why }) => [hostId, refused, why]),
    [['web-1', 100, `app.gauge: ${reason}`]],
  );
  assert.equal(metricValue(await metrics.text(), 'limit_refusals_total', 'max_series_per_host'), 100);
  assert.match(service.overLimit() ?? '', /report\.max_series_per_host \(400\)/);
  await clock.skip(600_000 - 1);
  assert.match(service.overLimit() ?? '', /report\.max_series_per_host \(400\)/);
  await clock.skip(1);
  assert.equal(service.overLimit(), undefined, 'it is ten minutes ago');
});

test('the rates that counters make are series of the host: over the limit they are refused by name', async () => {
  const { service, published, metrics } = await reportOnBus({ limits: { maxSeriesPerHost: 4 } });
  const counter = (metric: string, labels: Record<string, string>) => ({
    ...{ metric, value: 7 },
    labels: { ...labels, source: 'telegraf' },
  });
  const cpu = ['idle', 'user', 'iowait'].map((mode) => counter('cpu', { cpu: '0', mode }));
  const errorsOf = (device: string) =>
    ['in', 'out'].map((part) => counter('net.errors', { interface: device, part }));
  // Three rates of the CPU, one of eth0 in two parts; there is no room for eth1, nor for what is kept.
  for (const devices of [['eth0'], ['eth0', 'eth1']]) {
    const counters = [...cpu, ...devices.flatMap(errorsOf)];
    const answer = await service.report(
      request([tick({ source: 'telegraf', counters, samples: samples(0, 1) })]),
    );
    assert.equal(answer.refusedSamples, 2 * devices.length - 1);
    const { metric, reason } = answer.refusals[0]!;
    assert.match(
      `${metric}: ${reason}`,
      devices.length > 1 ? /^net\.errors: .* 4 series/ : /^app\.gauge: .* 4 series/,
    );
  }
  for (const { ticks } of await published()) {
    const [{ counters, samples: taken } = assert.fail('no tick')] = ticks;
    assert.deepEqual(taken, []);
    assert.deepEqual(
      counters?.map(({ metric, labels }) => labels['interface'] ?? metric),
      ['cpu', 'cpu', 'cpu', 'eth0', 'eth0'],
    );
  }
  const shown = await metrics.text();
  assert.equal(metricValue(shown, 'samples_received_total'), metricValue(shown, 'samples_refused_total'));
});

test('a counter is refused where there is no room for one of its rates, and each rate is counted once', async () => {
  const { service, metrics } = await reportOnBus({ limits: { maxSeriesPerHost: 2 } });
  const counters = ['idle', 'user', 'iowait'].map((mode) => ({
    ...{ metric: 'cpu', value: 7 },
    labels: { cpu: '0', mode, source: 'telegraf' },
  }));
  const answer = await service.report(request([tick({ source: 'telegraf', counters, samples: [] })]));
  assert.equal(answer.refusedSamples, 3);
  // Of three rates of the CPU two had room.
  assert.equal(metricValue(await metrics.text(), 'limit_refusals_total', 'max_series_per_host'), 1);
});

test('a host has so many other agents; those that it has, and its own, go on', async () => {
  const { service } = await reportOnBus();
  const from = (source: string, timeMs = NOW) => tick({ source, timeMs, samples: samples(0, 1) });
  const names = numbers(0, 68).map((i) => `job-${i}`);
  const answer = await service.report(request(names.map((name) => from(name))));
  assert.deepEqual([answer.acceptedSamples, answer.refusedSamples], [64, 4]);
  const reason = 'source is over the limit of 64 other agents and jobs of Prometheus a host';
  assert.equal(answer.refusals[0]!.reason, reason);
  const again = await service.report(request([from('job-3', NOW + 1_000), from('', NOW + 1_000)]));
  assert.equal(again.refusedSamples, 0);
});

test('a client that makes up hosts is refused at the limit; a hundred of them are told of, and known ones go on', async () => {
  const { service, metrics, published } = await reportOnBus({
    limits: { maxHosts: 50 },
    knownHosts: ['web-1'],
  });
  await service.start();
  for (let at = 0; at < 1_000; at += 100) {
    await service.report(request(numbers(at, at + 100).map((i) => tick({ hostId: `made-up-${i}` }))));
  }
  // Not even a tick with another fault gets a host that is made up into the lists.
  const fault = await service.report(request([tick({ hostId: 'made-up-x', intervalMs: 0 })]));
  assert.match(fault.refusals[0]!.reason, /interval_ms/);
  const answer = await service.report(request([tick(), tick({ hostId: 'made-up-7000' })]));
  assert.deepEqual([answer.acceptedSamples, answer.refusedSamples], [2, 2]);
  assert.equal(answer.refusals[0]!.reason, 'host is over the limit of 50 hosts (report.max_hosts)');
  const batches = await published();
  const hosts = (of: 'ticks' | 'refusals') =>
    new Set(batches.flatMap((batch) => batch[of].map(({ hostId }) => hostId)));
  assert.equal(hosts('ticks').size, 50);
  assert.equal(hosts('refusals').size, 100);
  assert.equal(metricValue(await metrics.text(), 'limit_refusals_total', 'max_hosts'), 952);
});

test('empty labels are absent ones: eight others beside them are within the limit', async () => {
  const { service } = await reportOnBus();
  const labelled = (names: string, empty: Record<string, string>) => ({
    metric: 'app.gauge',
    labels: { ...Object.fromEntries([...names].map((name) => [name, '1'])), ...empty },
    value: 1,
  });
  const answer = await service.report(
    request([tick({ samples: [labelled('abcdefgh', { i: '' }), labelled('abcdefghi', { j: '' })] })]),
  );
  assert.deepEqual([answer.acceptedSamples, answer.refusedSamples], [1, 1]);
  assert.match(answer.refusals[0]!.reason, /sample has 9 labels; the limit is 8/);
});
