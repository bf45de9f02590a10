// The part of the store contract that is about series that end: what is newest, what ranges say, and what is written twice.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { Store } from '../../src/store/store.ts';
import { pointsOf, type Recorder, type TickSpec } from './records.ts';

type Given = { readonly store: Store; readonly t0: number; readonly recorder: Recorder };

const MINUTE = 60_000;
const METRIC = 'disk.usage';
const labels = { mount: '/mnt/usb' };
const of = (host: string, ms: number, value?: number): TickSpec => ({
  ...{ host, ms, labels, source: 'prometheus/node' },
  values: value === undefined ? {} : { [METRIC]: value },
});
const ending = (host: string, ms: number): TickSpec => ({ ...of(host, ms), ended: [METRIC] });

export function endsContract(given: () => Given): void {
  describe('series that end', () => {
    const at = (minute: number) => given().t0 + minute * MINUTE;
    const name = (host: string) => `${host} ${METRIC} mount=/mnt/usb`;
    const range = (host: string, ends: boolean, more: object = {}) =>
      given().store.range({
        ...{ hosts: [host], metric: METRIC, startMs: at(0), stopMs: at(20), ends, ...more },
      });
    const newest = async (hosts: readonly string[], more: object = {}) =>
      (await given().store.latest({ hosts, sinceMs: at(0), ...more })).map(({ hostId, timeMs, value }) => [
        hostId,
        (timeMs - at(0)) / MINUTE,
        value,
      ]);

    before(async () => {
      const { store, recorder } = given();
      const gone = [of('gone', at(1), 70), of('gone', at(2), 71), ending('gone', at(3))];
      const back = [of('back', at(1), 50), ending('back', at(2)), of('back', at(5), 51)];
      const failed = recorder.record([ending('back', at(8)), ending('never-there', at(8))]);
      await store.write([recorder.record([...gone, ...back])]);
      await store.write([failed]);
      await store.write([failed]);
      await store.write([recorder.record([of('back', at(10), 52)])]);
    });

    test('the newest samples lack it, unless it is asked for, until it comes again', async () => {
      assert.deepEqual(await newest(['gone', 'back']), [['back', 10, 52]]);
      assert.deepEqual(await newest(['gone', 'back'], { metrics: [METRIC] }), [['back', 10, 52]]);
      const [back, gone] = await newest(['gone', 'back'], { ended: true });
      assert.deepEqual(back, ['back', 10, 52]);
      assert.ok(gone![0] === 'gone' && Number.isNaN(gone![2]));
      assert.ok((await given().store.metrics({ sinceMs: at(0) })).includes(METRIC));
    });

    test('a range has its points, and where it ended only when that is asked for', async () => {
      const points = [
        [at(1), 50],
        [at(5), 51],
        [at(10), 52],
      ];
      assert.deepEqual(pointsOf(await range('back', false)), { [name('back')]: points });
      const [series] = await range('back', true);
      const found = series!.timesMs.map((ms, i) => [Math.round((ms - at(0)) / MINUTE), series!.values[i]]);
      assert.deepEqual(found, [
        [1, 50],
        [2, Number.NaN],
        [5, 51],
        [8, Number.NaN],
        [10, 52],
      ]);
      // Before the time at which it was found gone: what another piece of that time has counts.
      assert.deepEqual(
        series!.timesMs.filter((_, i) => Number.isNaN(series!.values[i])),
        [at(2) - 1, at(8) - 1],
      );
      const [windows] = await range('back', false, { stepMs: 5 * MINUTE, aggregate: 'count' });
      assert.deepEqual(windows!.values, [1, 1, 1, null]);
      assert.deepEqual(await range('gone', false, { startMs: at(3) - 1 }), []);
      assert.deepEqual(await range('gone', true, { labels: { mount: '/other' } }), []);
    });

    test('an end alone is no sign of life, and makes no host', async () => {
      const hosts = await given().store.hosts({ sinceMs: 0, hosts: ['gone', 'never-there'] });
      assert.deepEqual(
        hosts.map(({ hostId, lastSeenMs }) => [hostId, lastSeenMs]),
        [['gone', at(2)]],
      );
    });
  });
}
