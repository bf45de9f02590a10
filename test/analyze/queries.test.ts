// What analyze answers and refuses: ranges, units of time, unknown names, rooms while manage is down, watching.
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { LatestAnswer } from '../../src/api/analyze.ts';
import type { BacktestResult } from '../../src/api/backtest-fields.ts';
import type { Assignment } from '../../src/catalog/catalog.ts';
import { createAnalyzeService } from '../../src/daemons/analyze/service.ts';
import { ExpectedError } from '../../src/domain/errors.ts';
import { compareBytes } from '../../src/domain/names.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { putInto, tickOf } from './ticks.ts';
import { openWatchedStore } from './watched-store.ts';

const NOW_MS = Date.parse('2026-11-25T10:00:00.000Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const lastHour = { startMs: NOW_MS - HOUR, stopMs: NOW_MS + 1 };

/** Analyze over a store of its own, with rooms that may be changed and a manage that may go down. */
async function openAnalyze(t: TestContext, places: Readonly<Record<string, string>> = {}) {
  const clock = createVirtualClock(NOW_MS);
  const store = await openWatchedStore(NOW_MS);
  t.after(() => store.stop());
  const manage = { places: { ...places } as Record<string, string>, empty: ['900'], down: false, calls: 0 };
  const replay = { pending: undefined as string | undefined };
  const service = createAnalyzeService({
    store,
    clock,
    logger: silentLogger,
    replaying: () => replay.pending,
    manage: {
      async listAssignments() {
        manage.calls++;
        if (manage.down) throw new ExpectedError('UNREACHABLE', 'no server answered at 127.0.0.1:8030');
        const assignments: Assignment[] = Object.entries(manage.places)
          .map(([hostId, location]) => ({ hostId, location }))
          .sort((a, b) => compareBytes(a.hostId, b.hostId));
        return { assignments, locations: [...new Set([...Object.values(manage.places), ...manage.empty])] };
      },
    },
  });
  return { service, store, put: putInto(store), clock, manage, replay };
}

describe('a range query', () => {
  it('answers for a room, for hosts of it, for hosts, and for all', async (t) => {
    const { service, put } = await openAnalyze(t, { a: '725', b: '725', c: '726' });
    await put(['a', 'b', 'c', 'stray'].map((id) => tickOf(id, NOW_MS, { 'cpu.usage': 1, 'load.1': 2 })));
    const ids = async (scope: { location?: string; hosts?: string[] }) =>
      (await service.queryRange({ ...scope, ...lastHour, metric: 'cpu.usage' })).series.map(
        (one) => one.hostId,
      );
    assert.deepEqual(await ids({ location: '725' }), ['a', 'b']);
    assert.deepEqual(await ids({ location: '725', hosts: ['b', 'c'] }), ['b']);
    assert.deepEqual(await ids({ hosts: ['stray', 'a', 'a'] }), ['a', 'stray']);
    assert.deepEqual(await ids({}), ['a', 'b', 'c', 'stray']);
    assert.deepEqual(await ids({ hosts: [] }), []);
  });

  it('takes the names of the original system', async (t) => {
    const { service, put } = await openAnalyze(t);
    await put([tickOf('a', NOW_MS, { 'cpu.usage': 7.5, 'mem.usage': 40 })]);
    const { series } = await service.queryRange({ ...lastHour, metric: 'CPU_Rate' });
    assert.deepEqual(
      series.map((one) => [one.metric, one.values]),
      [['cpu.usage', [7.5]]],
    );
    const latest = await service.queryLatest({ metrics: ['Mem_Rate', 'mem.usage'], sinceMs: NOW_MS - HOUR });
    assert.deepEqual(
      latest.samples.map((sample) => [sample.metric, sample.value]),
      [['mem.usage', 40]],
    );
  });

  it('refuses what is no time', async (t) => {
    const { service } = await openAnalyze(t, { a: '725' });
    for (const [startMs, message] of [
      [Number.NaN, /not a whole number/],
      [-5, /before 1970/],
    ] as const) {
      const bad = { code: 'BAD_TIME', message };
      const range = { startMs, stopMs: NOW_MS };
      await assert.rejects(service.queryRange({ ...range, metric: 'cpu.usage' }), bad);
      await assert.rejects(
        service.findRecordsByLocation({ ...range, location: '725', metric: 'CPU_Rate' }),
        bad,
      );
      const since = new RegExp(message.source.replace('start', 'since'));
      await assert.rejects(service.queryLatest({ sinceMs: startMs }), { code: 'BAD_TIME', message: since });
      await assert.rejects(service.listReportingHosts({ sinceMs: startMs }), {
        code: 'BAD_TIME',
        message: since,
      });
    }
  });

  it('refuses a range that is empty or reversed, and steps and aggregates that make no sense', async (t) => {
    const { service } = await openAnalyze(t);
    const query = (more: object) => service.queryRange({ ...lastHour, metric: 'cpu.usage', ...more });
    await assert.rejects(query({ stopMs: lastHour.startMs }), { code: 'BAD_RANGE', message: /is empty/ });
    await assert.rejects(query({ stopMs: lastHour.startMs - 1 }), {
      code: 'BAD_RANGE',
      message: /before it starts/,
    });
    for (const stepMs of [0, -1, 0.5, Number.NaN])
      await assert.rejects(query({ stepMs }), { code: 'BAD_RANGE' });
    await assert.rejects(query({ stepMs: 100 }), {
      code: 'BAD_RANGE',
      message: /36\d\d\d windows.*11000/,
      hint: /328 ms/,
    });
    await assert.rejects(query({ stepMs: MINUTE, aggregate: 'meann' }), {
      code: 'BAD_REQUEST',
      hint: 'Did you mean mean?',
    });
    await assert.rejects(query({ aggregate: 'max' }), { code: 'BAD_RANGE', message: /needs a step/ });
    await assert.rejects(query({ labels: { 'no label': 'x' } }), { code: 'BAD_METRIC' });
  });

  it('leaves windows to the store, so that no room of raw points is held', async (t) => {
    const places = Object.fromEntries(Array.from({ length: 1_200 }, (_, i) => [`h-${i}`, '725']));
    const { service, store, put } = await openAnalyze(t, places);
    await put(Object.keys(places).map((hostId) => tickOf(hostId, NOW_MS - 1, { 'cpu.usage': 3 })));
    const answer = await service.queryRange({
      ...lastHour,
      location: '725',
      metric: 'cpu.usage',
      stepMs: 30 * MINUTE,
      aggregate: 'count',
    });
    assert.equal(answer.stepMs, 30 * MINUTE);
    assert.deepEqual(answer.series[0]!.values, [null, 1, null]);
    const order = answer.series.map((one) => one.hostId);
    assert.deepEqual(order, Object.keys(places).sort(compareBytes));
    assert.deepEqual(
      store.ranges.map(({ stepMs, aggregate, hosts }) => [stepMs, aggregate, hosts?.length]),
      [[30 * MINUTE, 'count', 1_200]],
    );
  });
});

describe('an answer that is too large', () => {
  it('is refused before it is read, with the way out', async (t) => {
    const places = Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`h-${i}`, '725']));
    const { service, store, put } = await openAnalyze(t, places);
    await put(Object.keys(places).map((hostId) => tickOf(hostId, NOW_MS - 1, { 'cpu.usage': 3 })));
    const range = { ...lastHour, location: '725', metric: 'cpu.usage' };
    // 9,000 windows of 600 series.
    await assert.rejects(service.queryRange({ ...range, stepMs: 400 }), {
      code: 'BAD_RANGE',
      message: /over 5000000 points/,
      hint: /step/,
    });
    store.range = () => Promise.reject(new ExpectedError('BAD_RANGE', 'too many'));
    await assert.rejects(service.findRecordsByLocation(range), { code: 'BAD_RANGE', hint: /shorter range/ });
  });
});

describe('unknown names', () => {
  it('are refused with the nearest one: host, location, metric', async (t) => {
    const { service, put } = await openAnalyze(t, { 'db-3': '机房-网关', quiet: '725' });
    await put([tickOf('web-17', NOW_MS, { 'cpu.usage': 1, 'disk.usage{mount=/}': 2, 'app.queue': 3 })]);
    const query = (more: object) => service.queryRange({ ...lastHour, metric: 'cpu.usage', ...more });
    const latest = (more: object) => service.queryLatest({ sinceMs: NOW_MS - HOUR, ...more });
    for (const ask of [query, latest]) {
      await assert.rejects(ask({ hosts: ['web-17', 'web-71x'] }), {
        code: 'HOST_UNKNOWN',
        hint: 'Did you mean web-17?',
      });
      await assert.rejects(ask({ hosts: ['db-33'] }), { code: 'HOST_UNKNOWN', hint: 'Did you mean db-3?' });
      await assert.rejects(ask({ location: '机房网关' }), {
        code: 'LOCATION_UNKNOWN',
        hint: 'Did you mean 机房-网关?',
      });
      await assert.rejects(ask({ hosts: ['web-17 '] }), { code: 'BAD_ID' });
      await assert.rejects(ask({ location: '725\u00a0' }), { code: 'BAD_ID' });
      await assert.rejects(ask({ location: 'x'.repeat(10_000) }), { code: 'BAD_ID', message: /10000 bytes/ });
    }
    const metric = (name: string) => query({ metric: name });
    await assert.rejects(metric('app.queu'), { code: 'METRIC_UNKNOWN', hint: 'Did you mean app.queue?' });
    await assert.rejects(latest({ metrics: ['cpu.usage', 'cpu.usge'] }), { hint: 'Did you mean cpu.usage?' });
    await assert.rejects(metric('CPU Rate'), { code: 'BAD_METRIC' });
  });

  it('are not those of hosts, rooms and metrics that merely have no samples here', async (t) => {
    const { service, put } = await openAnalyze(t, { quiet: '725' });
    await put([tickOf('web-17', NOW_MS - 20 * HOUR, { 'cpu.usage': 1 })]);
    const query = (more: object) => service.queryRange({ ...lastHour, metric: 'cpu.usage', ...more });
    for (const scope of [
      { hosts: ['web-17'] },
      { hosts: ['quiet'] },
      { location: '725' },
      { location: '900' },
      {},
    ]) {
      assert.deepEqual(await query(scope), { ...lastHour, series: [], warnings: [] });
    }
    const { warnings } = await query({ metric: 'swap.usage' });
    assert.deepEqual(warnings, ['no host has reported swap.usage yet']);
  });
});

describe('records of a location', () => {
  it('are [] for a known room without samples, and an error for one that never was', async (t) => {
    const { service } = await openAnalyze(t, { a: '725' });
    const find = (location: string) =>
      service.findRecordsByLocation({ ...lastHour, location, metric: 'CPU_Rate' });
    assert.deepEqual(await find('725'), []);
    assert.deepEqual(await find('900'), []);
    await assert.rejects(find('7250'), { code: 'LOCATION_UNKNOWN', hint: 'Did you mean 725?' });
    await assert.rejects(find('725 '), { code: 'BAD_ID' });
  });

  it('have one entry a series, with the points inside [start, stop)', async (t) => {
    const { service, put } = await openAnalyze(t, { a: '725' });
    for (const timeMs of [NOW_MS - HOUR - 1, NOW_MS - HOUR, NOW_MS, NOW_MS + 1]) {
      await put([
        tickOf('a', timeMs, { 'disk.usage{mount=/}': 0.1 + 0.2, 'disk.usage{mount=/var}': 5e-324 }),
      ]);
    }
    const records = await service.findRecordsByLocation({
      ...lastHour,
      location: '725',
      metric: 'disk.usage',
    });
    assert.deepEqual(
      records.map((record) => [record.hostId, record.timesMs, record.values]),
      [
        ['a', [NOW_MS - HOUR, NOW_MS], [0.1 + 0.2, 0.1 + 0.2]],
        ['a', [NOW_MS - HOUR, NOW_MS], [5e-324, 5e-324]],
      ],
    );
  });
});

describe('a room that was just made', () => {
  it('is known at once, although rooms are asked for only now and then', async (t) => {
    const { service, put, manage } = await openAnalyze(t, { a: '725' });
    await put([tickOf('a', NOW_MS, { 'cpu.usage': 1 })]);
    const ask = (location: string) => service.queryLatest({ location, sinceMs: NOW_MS - HOUR });
    await assert.rejects(ask('726'), { code: 'LOCATION_UNKNOWN' });
    manage.places = { a: '726', b: '726' };
    assert.equal((await ask('726')).samples.length, 1);
    assert.deepEqual((await service.queryLatest({ hosts: ['b'], sinceMs: NOW_MS - HOUR })).samples, []);
    assert.equal(manage.calls, 2);
  });
});

describe('rooms while manage is down', () => {
  it('stay as they were told last, which a warning says', async (t) => {
    const { service, put, clock, manage } = await openAnalyze(t, { a: '725', b: '726' });
    await put([tickOf('a', NOW_MS, { 'cpu.usage': 1 }), tickOf('b', NOW_MS, { 'cpu.usage': 2 })]);
    const ask = () => service.queryLatest({ location: '725', sinceMs: NOW_MS - HOUR });
    assert.deepEqual((await ask()).warnings, []);
    manage.down = true;
    await clock.advanceTo(NOW_MS + 6_000);
    for (const location of ['725', '726']) {
      const { samples, warnings } = await service.queryLatest({ location, sinceMs: NOW_MS - HOUR });
      assert.equal(samples.length, 1);
      assert.match(warnings[0] ?? '', /manage does not answer .*8030.* as of 2026-11-25T10:00:00.000Z/);
    }
    assert.equal(manage.calls, 2, 'an outage is not asked about with every query');
    manage.down = false;
    manage.places = { b: '725' };
    await clock.advanceTo(NOW_MS + 12_000);
    const { samples, warnings } = await ask();
    assert.deepEqual([samples.map((sample) => sample.hostId), warnings], [['b'], []]);
  });

  it('cannot be told when manage never answered; hosts can', async (t) => {
    const { service, put, manage } = await openAnalyze(t, { a: '725' });
    manage.down = true;
    await put([tickOf('a', NOW_MS, { 'cpu.usage': 1 })]);
    const since = { sinceMs: NOW_MS - HOUR };
    await assert.rejects(service.queryLatest({ ...since, location: '725' }), {
      code: 'UNAVAILABLE',
      message: /8030/,
    });
    assert.equal((await service.queryLatest({ ...since, hosts: ['a'] })).samples.length, 1);
    await assert.rejects(service.queryLatest({ ...since, hosts: ['b'] }), { code: 'HOST_UNKNOWN' });
  });
});

describe('hosts that report', () => {
  it('come once each in byte order, in pages of any size, with the watermarks', async (t) => {
    const { service, put } = await openAnalyze(t);
    const ids = ['web-1', 'Web-1', '\uff71', '\u{20bb7}', 'a'];
    await put(
      ids.map((hostId) => tickOf(hostId, NOW_MS, { 'cpu.usage': 1 })),
      NOW_MS + 5,
    );
    await put([tickOf('old', NOW_MS - 25 * HOUR, { 'cpu.usage': 1 })], NOW_MS + 9);
    for (const limit of [1, 2, 5, 1_000]) {
      const seen: string[] = [];
      for (let cursor: string | undefined; ; ) {
        const page = await service.listReportingHosts({
          sinceMs: NOW_MS - 24 * HOUR,
          limit,
          ...(cursor && { cursor }),
        });
        seen.push(...page.hosts.map((host) => host.hostId));
        assert.deepEqual(page.watermarks, [{ partition: 0, receivedMs: NOW_MS + 9 }]);
        cursor = page.nextCursor;
        if (!cursor) break;
      }
      assert.deepEqual(seen, [...ids].sort(compareBytes));
    }
    await assert.rejects(service.listReportingHosts({ sinceMs: 0, cursor: 'x' }), { code: 'BAD_CURSOR' });
    await assert.rejects(service.listReportingHosts({ sinceMs: 0, limit: 0 }), { code: 'BAD_REQUEST' });
  });
});

it('says with every answer that persist replays, for whom it is incomplete', async (t) => {
  const { service, put, replay } = await openAnalyze(t);
  await put([tickOf('a', NOW_MS, { 'cpu.usage': 1 })]);
  const since = { sinceMs: NOW_MS - HOUR };
  assert.equal('replaying' in (await service.listReportingHosts(since)), false);
  replay.pending = '3 records left';
  assert.equal((await service.listReportingHosts(since)).replaying, '3 records left');
  assert.deepEqual((await service.queryLatest(since)).warnings, ['3 records left']);
  assert.deepEqual((await service.queryRange({ ...lastHour, metric: 'cpu.usage' })).warnings, [
    '3 records left',
  ]);
});

describe('watching', () => {
  it('answers at once, then when samples came in, at most once a second, until the signal', async (t) => {
    const { service, put, clock } = await openAnalyze(t);
    await put([tickOf('a', NOW_MS, { 'cpu.usage': 1 })]);
    const abort = new AbortController();
    const answers: LatestAnswer[] = [];
    const watching = (async () => {
      for await (const answer of service.watchLatest({ sinceMs: NOW_MS - HOUR }, abort.signal))
        answers.push(answer);
    })();
    const sleeping = async () => {
      for (let turn = 0; clock.sleepers() === 0; turn++) {
        assert.ok(turn < 5_000, 'the watch never went to sleep');
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    };
    await sleeping();
    assert.equal(answers.length, 1);
    for (const value of [2, 3]) await put([tickOf('a', NOW_MS + value, { 'cpu.usage': value })]);
    await clock.advanceTo(NOW_MS + 999);
    assert.equal(answers.length, 1);
    await clock.advanceTo(NOW_MS + 1_000);
    await sleeping();
    assert.deepEqual(
      answers.map((answer) => answer.samples[0]?.value),
      [1, 3],
    );
    await clock.advanceTo(NOW_MS + 5_000);
    await sleeping();
    assert.equal(answers.length, 2, 'nothing new, nothing said');
    abort.abort();
    await watching;
  });

  it('ends with the error of a store that went down', async (t) => {
    const { service, store } = await openAnalyze(t);
    store.down = true;
    const watch = service.watchLatest({ sinceMs: 0 }, new AbortController().signal)[Symbol.asyncIterator]();
    await assert.rejects(watch.next(), { code: 'UNAVAILABLE' });
  });
});

describe('while the start-up replay is under way', () => {
  it('answers carry a warning that says so, and none after it', async (t) => {
    const clock = createVirtualClock(NOW_MS);
    const store = await openWatchedStore(NOW_MS);
    t.after(() => store.stop());
    let replaying: string | undefined = 'the start-up replay is under way';
    const manage = { listAssignments: async () => ({ assignments: [], locations: [] }) };
    const parts = { store, clock, manage, logger: silentLogger };
    const service = createAnalyzeService({ ...parts, replaying: () => replaying });
    await putInto(store)([tickOf('a', NOW_MS, { 'cpu.usage': 1 })]);
    const request = { rules: [{ name: 'r', expression: 'cpu.usage > 90' }], ...lastHour };
    const backtest = async () => {
      let result: BacktestResult | undefined;
      for await (const answer of service.backtest(request, new AbortController().signal))
        result = answer.result;
      return result!.warnings;
    };
    const warnings = async () => [
      (await service.queryRange({ ...lastHour, metric: 'cpu.usage' })).warnings,
      (await service.queryLatest({ sinceMs: 0 })).warnings,
    ];
    assert.deepEqual(await warnings(), [[replaying], [replaying]]);
    assert.ok((await backtest()).includes(replaying));
    replaying = undefined;
    assert.deepEqual(await warnings(), [[], []]);
    assert.doesNotMatch((await backtest()).join(), /replay/);
  });
});
