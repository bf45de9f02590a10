// The store's hardest promise, at a scale for every day: killed again and again while consuming, it loses and doubles
// nothing. The full size runs in bench/store.ts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { temporaryFolder } from './opened.ts';
import { runProof } from './proof/run-proof.ts';

test('killed six times over three windows and a day of backlog, it has every point once', async () => {
  const directory = await temporaryFolder();
  const fleet = {
    hosts: 24,
    series: 8,
    partitions: 4,
    stepMs: 10_000,
    ticks: 2_160,
    backlogHosts: 4,
    backlogTicks: 8_640,
    backlogAt: 1_000,
  };
  const lives = await runProof({ directory, fleet, kills: 6 });
  const { done } = lives.at(-1)!;
  assert.equal(lives.length, 7);
  // Cut-off hosts have a day and what came live since; the others every live tick.
  assert.equal(done!.verifiedPoints, (20 * 2_160 + 4 * (8_640 + 1_160)) * 8);
  assert.ok(
    lives.some((life) => life.replaySamples > 0),
    'no life had anything to replay',
  );
  assert.ok(done!.reads > 0);
  assert.equal(done!.stats['write_failures'], 0);
});
