// What every catalog promises about the history of alerts and about acknowledgements: a part of its contract.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { KEEP_HISTORY_MS } from '../../src/catalog/alert-history.ts';
import type { Catalog } from '../../src/catalog/catalog.ts';

type WithCatalog = (work: (catalog: Catalog) => Promise<void>) => Promise<void>;

export function alertHistoryContract(withCatalog: WithCatalog): void {
  it('keeps history in the order in which it was stored, and lists it newest first by page and time', () =>
    withCatalog(async ({ alertHistory, alertStates, warnLease }) => {
      const of = (atMs: number, text: string) => ({
        atMs,
        kind: 'sent' as const,
        subjects: [],
        count: 0,
        text,
      });
      const texts = async (query: Parameters<typeof alertHistory.list>[0]) =>
        (await alertHistory.list(query)).map(({ text }) => text);
      await alertHistory.append([]);
      await alertHistory.append(Array.from({ length: 450 }, (_, i) => of(1_000 + i, `机房 ${i}`)));
      // Of an alert it is the time of its tick, which may be earlier than what was stored before.
      const { fence } = await warnLease.acquire('w');
      const at = { changed: [], removedIds: [], offsets: new Map([[0, 5]]), fence };
      await alertStates.save({ ...at, history: [of(500, 'late')] });
      await assert.rejects(alertStates.save({ ...at, fence: fence - 1, history: [of(9_000, 'never')] }));
      const page = await alertHistory.list({ limit: 2 });
      assert.deepEqual(
        page.map(({ text }) => text),
        ['late', '机房 449'],
      );
      assert.deepEqual(await texts({ limit: 2, beforeId: page[1]!.id }), ['机房 448', '机房 447']);
      assert.deepEqual(await texts({ limit: 9, sinceMs: 1_002, untilMs: 1_004 }), ['机房 3', '机房 2']);
    }));

  it('forgets history that is over 90 days old', () =>
    withCatalog(async ({ alertHistory }) => {
      const of = (atMs: number) => ({ atMs, kind: 'sent' as const, subjects: [], count: 0 });
      const nowMs = 1_772_366_400_000;
      await alertHistory.append([nowMs - KEEP_HISTORY_MS - 1, nowMs - KEEP_HISTORY_MS, nowMs].map(of));
      await alertHistory.prune(nowMs);
      const left = (await alertHistory.list({ limit: 9 })).map(({ atMs }) => nowMs - atMs);
      assert.deepEqual(left, [0, KEEP_HISTORY_MS]);
    }));

  it('drops no more than the oldest day at a time, whatever the clock says', () =>
    withCatalog(async ({ alertHistory }) => {
      const day = 86_400_000;
      const nowMs = 1_772_366_400_000;
      const of = (atMs: number) => ({ atMs, kind: 'sent' as const, subjects: [], count: 0 });
      await alertHistory.append([0, day - 1, day, 2 * day].map((ms) => of(nowMs + ms)));
      await alertHistory.prune(nowMs + 400 * day);
      const left = async () =>
        (await alertHistory.list({ limit: 9 })).map(({ atMs }) => (atMs - nowMs) / day);
      assert.deepEqual(await left(), [2, 1]);
      await alertHistory.prune(nowMs + 400 * day);
      assert.deepEqual(await left(), [2]);
    }));

  it('keeps acknowledgements by alert, whatever its id, until they are removed', () =>
    withCatalog(async ({ acknowledgements }) => {
      const of = (alertId: string, note: string) => ({ alertId, note, firedMs: 5, by: '安', atMs: 7 });
      const long = `disk\u0000${'h'.repeat(128)}\u0000mount=/${'x'.repeat(128)}`;
      assert.deepEqual(await acknowledgements.list(), []);
      await acknowledgements.save({
        put: [of(long, 'a'), of('r\u0000web-1', 'b'), of('r\u0000Web-1', 'c')],
        removedIds: ['unknown'],
      });
      await acknowledgements.save({ put: [of(long, "d'")], removedIds: ['r\u0000web-1'] });
      const left = (await acknowledgements.list()).map(({ alertId, note }) => `${alertId} ${note}`);
      assert.deepEqual(left.sort(), [`${long} d'`, 'r\u0000Web-1 c'].sort());
    }));
}
