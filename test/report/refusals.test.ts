// What report refuses, sample by sample inside an OK answer, and as whole requests.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Sample } from '../../src/domain/tick.ts';
import { createProtoWriter } from '../../src/wire/protobuf.ts';
import { encodeTick } from '../../src/wire/tick-writer.ts';
import { DAY, NOW, reportOnBus, request, tick } from './ticks.ts';

const sample = (more: Partial<Sample> = {}): Sample => ({
  metric: 'cpu.usage',
  labels: {},
  value: 1,
  ...more,
});
const series = (count: number) => Array.from({ length: count }, (_, i) => sample({ labels: { n: `${i}` } }));

test('good ticks go on as the very bytes they came as', async () => {
  const { service, published } = await reportOnBus();
  const sent = tick({ facts: { os: 'linux', location_hint: '725' } });
  const answer = await service.report(request([sent]));
  assert.deepEqual(
    { ...answer, refusals: [] },
    { acceptedSamples: 2, refusedSamples: 0, refusals: [], receivedMs: NOW, sentMs: NOW },
  );
  const [batch] = await published();
  assert.deepEqual(batch!.ticks, [sent]);
  assert.ok(Buffer.from(batch!.record.bytes).includes(Buffer.from(encodeTick(sent))));
  assert.equal(batch!.record.receivedMs, NOW);
  assert.equal(batch!.backfill, false);
});

for (const [what, timeMs, backfill, reason] of [
  ['seconds for milliseconds', 1_764_032_400, false, /1970-01-21.*limit of 25 h/],
  ['seconds for milliseconds, backfilled', 1_764_032_400, true, /1970-01-21.*retention limit of 35 d/],
  ['nanoseconds', 1_764_032_400_000_000_000, false, /not a time/],
  ['nanoseconds, backfilled', 1_764_032_400_000_000_000, true, /not a time/],
  ['microseconds', 1_764_032_400_000_000, false, /limit of 5 min ahead/],
  ['a date next year', NOW + 365 * DAY, false, /2026-11-25.*limit of 5 min ahead/],
  ['a date next year, backfilled', NOW + 365 * DAY, true, /2026-11-25.*limit of 5 min ahead/],
  ['no time at all', 0, false, /1970-01-01/],
  ['a time before 1970', -60_000, false, /1969-12-31/],
  ['26 hours ago', NOW - 26 * 3_600_000, false, /limit of 25 h back.*backfill/],
] as const) {
  test(`a tick with ${what} is refused inside an OK answer that names the limit`, async () => {
    const { service, published } = await reportOnBus();
    const answer = await service.report(request([tick({ timeMs })], backfill));
    assert.equal(answer.acceptedSamples, 0);
    assert.equal(answer.refusedSamples, 2);
    assert.match(answer.refusals[0]!.reason, reason);
    assert.equal(answer.refusals[0]!.samples, 2);
    const batches = await published();
    assert.deepEqual(
      batches.flatMap(({ ticks }) => ticks),
      [],
    );
    // That the host is refused is known to its readers too.
    assert.deepEqual(
      batches.flatMap(({ refusals }) => refusals.map(({ hostId, samples }) => [hostId, samples])),
      [['web-1', 2]],
    );
  });
}

/** Bytes that are not UTF-8, each as long as the text `XXXX` that they are put in the place of. */
const NOT_UTF8 = {
  'no sequence': [0xff, 0xfe, 0x61, 0x62],
  'cut short': [0x61, 0x62, 0xe2, 0x82],
  'an overlong slash': [0xc0, 0xaf, 0x61, 0x62],
  'a surrogate': [0x61, 0xed, 0xa0, 0x80],
  'past U+10FFFF': [0xf4, 0x90, 0x80, 0x80],
};
const TEXTS: readonly (readonly [name: string, more: Parameters<typeof tick>[0]])[] = [
  ['host_id', { hostId: 'web-XXXX' }],
  ['machine_id', { machineId: 'XXXX' }],
  ['boot_id', { bootId: 'XXXX' }],
  ['agent_version', { agentVersion: 'XXXX' }],
  ['a metric or label', { samples: [sample(), sample({ metric: 'cpu.XXXX' })] }],
  ['a metric or label', { samples: [sample(), sample({ labels: { mount: '/XXXX' } })] }],
  ['a metric or label', { samples: [sample(), sample({ labels: { XXXX: '/' } })] }],
  ['a fact', { facts: { os: 'XXXX' } }],
  ['a fact', { facts: { XXXX: 'linux' } }],
];

test('a text that is not UTF-8 is refused with its tick, whichever it is; the other ticks are taken', async () => {
  for (const [name, more] of TEXTS) {
    for (const [kind, bytes] of Object.entries(NOT_UTF8)) {
      const { service, published } = await reportOnBus();
      const sent = Buffer.from(request([tick(more), tick({ hostId: 'good' })]));
      Buffer.from(bytes).copy(sent, sent.indexOf('XXXX'));
      const { refusedSamples, acceptedSamples, refusals } = await service.report(sent);
      assert.deepEqual([refusedSamples, acceptedSamples, refusals.length], [2, 2, 1], `${name}, ${kind}`);
      assert.match(refusals[0]!.reason, new RegExp(`^${name} is not valid UTF-8 \\(bytes .*\\)$`));
      const batches = await published();
      // Shown as refused is only who can be told from others.
      assert.deepEqual(
        batches.flatMap((batch) => [...batch.ticks, ...batch.refusals]).map(({ hostId }) => hostId),
        name === 'host_id' ? ['good'] : ['good', 'web-1'],
      );
    }
  }
});

test('a host id that is none is named before a text that is not UTF-8, and nobody is shown as refused', async () => {
  const { service, published } = await reportOnBus();
  const sent = Buffer.from(request([tick({ hostId: ' web-1', bootId: 'XXXX' })]));
  Buffer.from(NOT_UTF8['no sequence']).copy(sent, sent.indexOf('XXXX'));
  assert.match((await service.report(sent)).refusals[0]!.reason, /^host_id /);
  assert.deepEqual(await published(), []);
});

test('a replacement character that was sent as such is a text like others', async () => {
  const { service } = await reportOnBus();
  const answer = await service.report(
    request([tick({ samples: [sample({ labels: { mount: '/\ufffd' } })] })]),
  );
  assert.equal(answer.acceptedSamples, 1);
});

test('the limits of time are inclusive: 25 h back and 5 min ahead are taken', async () => {
  const { service } = await reportOnBus();
  const times = [NOW - 25 * 3_600_000, NOW + 5 * 60_000];
  const answer = await service.report(request(times.map((timeMs) => tick({ timeMs }))));
  assert.equal(answer.acceptedSamples, 4);
});

test('backfill takes a time inside retention and travels in messages of its own', async () => {
  const { service, published } = await reportOnBus();
  const old = tick({ timeMs: NOW - 30 * DAY });
  await Promise.all([service.report(request([old], true)), service.report(request([tick()]))]);
  const batches = await published();
  assert.deepEqual(
    batches.map(({ backfill, ticks }) => [backfill, ticks.map(({ timeMs }) => timeMs)]).sort(),
    [
      [false, [NOW]],
      [true, [old.timeMs]],
    ],
  );
});

test('a request of another encoder, with backfill after or between its ticks, is judged as the same request', async () => {
  const { service, published } = await reportOnBus();
  const old = (hostId: string) => encodeTick(tick({ hostId, timeMs: NOW - 30 * DAY }));
  const ticksOf = (...ticks: readonly Uint8Array[]) => {
    const writer = createProtoWriter();
    for (const bytes of ticks) writer.bytes(2, bytes);
    return writer.finish();
  };
  const mark = Uint8Array.of(8, 1);
  const unmark = Uint8Array.of(8, 0);
  for (const parts of [
    [ticksOf(old('a'), old('b')), mark],
    [ticksOf(old('a')), mark, ticksOf(old('b'))],
    [unmark, ticksOf(old('a'), old('b')), mark],
  ]) {
    const answer = await service.report(Buffer.concat(parts));
    assert.deepEqual([answer.acceptedSamples, answer.refusedSamples], [4, 0]);
  }
  const live = await service.report(Buffer.concat([mark, ticksOf(old('a')), unmark]));
  assert.deepEqual([live.acceptedSamples, live.refusedSamples], [0, 2], 'the last mark counts');
  const batches = (await published()).filter(({ ticks }) => ticks.length > 0);
  assert.deepEqual(
    batches.map(({ backfill, ticks }) => [backfill, ticks.length]),
    [
      [true, 2],
      [true, 2],
      [true, 2],
    ],
  );
});

for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
  test(`${value} is refused, the other samples of the tick are taken`, async () => {
    const { service, published } = await reportOnBus();
    const bad = tick({
      samples: [sample(), sample({ metric: 'mem.usage', value }), sample({ metric: 'load.1' })],
    });
    const answer = await service.report(request([bad]));
    assert.deepEqual([answer.acceptedSamples, answer.refusedSamples], [2, 1]);
    assert.equal(answer.refusals[0]!.metric, 'mem.usage');
    assert.match(answer.refusals[0]!.reason, new RegExp(`${value}; samples are finite`));
    const [batch] = await published();
    assert.deepEqual(
      batch!.ticks[0]!.samples.map(({ metric }) => metric),
      ['cpu.usage', 'load.1'],
    );
    assert.match(batch!.refusals[0]!.reason, /mem\.usage/);
  });
}

test('numbers at the edges go on bit for bit', async () => {
  const { service, published } = await reportOnBus();
  const values = [-0, 5e-324, 1.7976931348623157e308, 0.1 + 0.2, 9007199254740994, 1e21];
  await service.report(
    request([tick({ samples: values.map((value, i) => sample({ value, labels: { n: `${i}` } })) })]),
  );
  const [batch] = await published();
  assert.ok(batch!.ticks[0]!.samples.every(({ value }, i) => Object.is(value, values[i])));
});

test('500 series are taken, 501 refuse the tick and name the limit, other ticks of the request stay', async () => {
  const { service } = await reportOnBus();
  const answer = await service.report(
    request([tick({ samples: series(500) }), tick({ hostId: 'web-2', samples: series(501) }), tick()]),
  );
  assert.deepEqual([answer.acceptedSamples, answer.refusedSamples], [502, 501]);
  assert.match(answer.refusals[0]!.reason, /501 series; the limit is 500/);
  assert.equal(answer.refusals[0]!.hostId, 'web-2');
});

test('5,001 samples refuse the request as a whole, and nothing of it is published', async () => {
  const { service, published } = await reportOnBus();
  const ticks = Array.from({ length: 11 }, (_, i) =>
    tick({ hostId: `h-${i}`, samples: series(i < 10 ? 500 : 1) }),
  );
  await assert.rejects(service.report(request(ticks)), {
    code: 'BAD_REQUEST',
    message: /5001 samples.*5000/,
  });
  await service.report(request(ticks.slice(0, 10)));
  assert.equal((await published()).flatMap(({ ticks }) => ticks).length, 10);
});

test('a request of 2 MiB is refused and the limit is named', async () => {
  const { service } = await reportOnBus();
  await assert.rejects(service.report(new Uint8Array(2 * 1024 * 1024)), {
    code: 'TOO_LARGE',
    message: /1 MiB/,
  });
});

test('bytes that are no request are refused as BAD_REQUEST, cut anywhere', async () => {
  const { service } = await reportOnBus();
  const bytes = request([tick(), tick({ hostId: 'web-2' })]);
  for (const broken of [
    bytes.subarray(0, bytes.length - 1),
    bytes.subarray(0, 5),
    Buffer.from('GET / HTTP/1.1'),
  ]) {
    await assert.rejects(service.report(broken), { code: 'BAD_REQUEST' });
  }
});

test('a series that is in a tick twice counts once, the first', async () => {
  const { service, published } = await reportOnBus();
  const answer = await service.report(
    request([
      tick({
        samples: [
          sample({ value: 1 }),
          sample({ value: 2 }),
          // An empty label is an absent one, so this is the same series again.
          sample({ value: 3, labels: { mount: '' } }),
        ],
      }),
    ]),
  );
  assert.deepEqual([answer.acceptedSamples, answer.refusedSamples], [1, 2]);
  assert.match(answer.refusals[0]!.reason, /twice/);
  assert.deepEqual(
    (await published())[0]!.ticks[0]!.samples.map(({ value }) => value),
    [1],
  );
});

for (const [what, bad, reason] of [
  ['a metric name with capitals', sample({ metric: 'CPU.usage' }), /not of the form/],
  ['a reserved metric part', sample({ metric: 'cpu.value' }), /reserved/],
  ['a reserved label', sample({ labels: { host_id: 'x' } }), /not allowed/],
  [
    'nine labels',
    sample({ labels: Object.fromEntries([...'abcdefghi'].map((n) => [n, '1'])) }),
    /9 labels.*8/,
  ],
  ['a metric name of 65 bytes', sample({ metric: 'a'.repeat(65) }), /limit of 64/],
  ['a label value of 129 bytes', sample({ labels: { mount: 'é'.repeat(65) } }), /limit of 128/],
  ['a label value that ends in a backslash', sample({ labels: { mount: 'C:\\' } }), /backslash/],
] as const) {
  test(`${what} refuses the sample, and only it`, async () => {
    const { service } = await reportOnBus();
    const answer = await service.report(request([tick({ samples: [sample({ metric: 'load.1' }), bad] })]));
    assert.deepEqual([answer.acceptedSamples, answer.refusedSamples], [1, 1]);
    assert.match(answer.refusals[0]!.reason, reason);
  });
}

for (const hostId of ['', ' web-1', 'web-1\u3000', 'web\n1', 'w\u0065\u0301b-1', 'x'.repeat(129), 'C:\\']) {
  test(`the host id ${JSON.stringify(hostId.slice(0, 12))} refuses the tick and is not passed on`, async () => {
    const { service, published } = await reportOnBus();
    const answer = await service.report(request([tick({ hostId })]));
    assert.equal(answer.refusedSamples, 2);
    assert.match(answer.refusals[0]!.reason, /^host_id/);
    assert.deepEqual(await published(), []);
  });
}

test('a tick with nothing good left is not passed on as a tick, so its host does not look alive', async () => {
  const { service, published } = await reportOnBus();
  const answer = await service.report(request([tick({ samples: [sample({ value: Number.NaN })] })]));
  assert.equal(answer.refusedSamples, 1);
  const [batch] = await published();
  assert.deepEqual(batch!.ticks, []);
  assert.equal(batch!.refusals[0]!.samples, 1);
});

test('too many or too long facts are left out and said, the samples are taken', async () => {
  const { service, published } = await reportOnBus();
  const many = Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`f${i}`, 'x']));
  for (const facts of [many, { os: 'x'.repeat(1_025) }]) {
    const answer = await service.report(request([tick({ facts })]));
    assert.deepEqual([answer.acceptedSamples, answer.refusedSamples], [2, 0]);
    assert.match(answer.refusals[0]!.reason, /limit/);
  }
  assert.ok((await published()).every(({ ticks }) => ticks[0]!.facts === undefined));
});

test('an interval of 0 and a machine id of 129 bytes refuse the tick', async () => {
  const { service } = await reportOnBus();
  const answer = await service.report(
    request([tick({ intervalMs: 0 }), tick({ machineId: 'm'.repeat(129) }), tick()]),
  );
  assert.deepEqual([answer.acceptedSamples, answer.refusedSamples], [2, 4]);
  assert.match(answer.refusals[0]!.reason, /interval_ms is 0/);
  assert.match(answer.refusals[1]!.reason, /machine_id/);
});

test('the answer names the first 100 refusals and counts them all', async () => {
  const { service } = await reportOnBus();
  const bad = series(150).map((one) => ({ ...one, value: Number.NaN }));
  const answer = await service.report(request([tick({ samples: bad })]));
  assert.equal(answer.refusedSamples, 150);
  assert.equal(answer.refusals.length, 100);
});

test('a layout that was refused once is refused again, and a good one of the same host is taken', async () => {
  const { service } = await reportOnBus();
  const bad = tick({ samples: [sample({ metric: 'Bad.name' }), sample()] });
  for (let i = 0; i < 3; i++) {
    assert.equal((await service.report(request([{ ...bad, timeMs: NOW + i * 1_000 }]))).refusedSamples, 1);
    assert.equal((await service.report(request([tick({ timeMs: NOW + i * 1_000 })]))).refusedSamples, 0);
  }
});

test('facts that are wrong leave a tick without samples the sign of life that it is', async () => {
  const { service, published } = await reportOnBus();
  await service.report(request([tick({ samples: [], facts: { os: 'x'.repeat(1_025) } })]));
  const [batch] = await published();
  assert.deepEqual(
    batch!.ticks.map(({ hostId, facts }) => [hostId, facts]),
    [['web-1', undefined]],
  );
});

test('each tick is told of with its first reason and its own number of samples', async () => {
  const { service, published } = await reportOnBus();
  const bad = (metric: string) => sample({ metric, value: Number.NaN });
  await service.report(
    request([
      tick({ samples: [sample(), bad('load.1'), bad('load.5')] }),
      tick({ hostId: 'web-2', samples: [sample(), bad('mem.usage')] }),
    ]),
  );
  const [batch] = await published();
  const found = batch!.refusals.map(({ hostId, samples, reason }) => [hostId, samples, reason.split(':')[0]]);
  assert.deepEqual(found, [
    ['web-1', 2, 'load.1'],
    ['web-2', 1, 'mem.usage'],
  ]);
});

test('a host that a caller may not report is not told of as refused', async () => {
  const { service, published } = await reportOnBus();
  const from = { name: 'agent web-1', mayReport: (hostId: string) => hostId === 'web-1' };
  const answer = await service.report(request([tick(), tick({ hostId: 'web-2' })]), from as never);
  assert.deepEqual([answer.acceptedSamples, answer.refusedSamples], [2, 2]);
  const told = (await published()).flatMap(({ refusals }) => refusals);
  assert.deepEqual(told, []);
});
