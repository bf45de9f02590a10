// Some damaged files, by a fixed seed; `npm run test:damage` tries hundreds.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeGolden } from './golden.ts';
import type { Harm } from './harm.ts';
import { FAILED, plansOf, runTrial } from './trial.ts';

/** One of each way in which damage is found: a record, the end of a log, a tick, a chunk, a letter, an identity. */
const TRIALS: readonly (readonly [file: RegExp, harm: Harm])[] = [
  [/bus\.sqlite$/, '30 bits in the body'],
  [/bus\.sqlite-wal$/, 'emptied'],
  [/bus-offsets\.sqlite$/, '30 bits in the body'],
  [/spool\.sqlite-wal$/, '1 bit in the body'],
  [/week-.*\.sqlite$/, '1 bit in the body'],
  [/deadletter\.sqlite$/, 'zeroed'],
  [/machine-id$/, '1 bit in the body'],
  [/hosts\.sqlite$/, '30 bits in the schema'],
  [/^store$/, 'an older copy'],
  [/^bus$/, 'deleted'],
];

test('what is damaged is never believed, and what it costs is said', { timeout: 240_000 }, async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'minimon-damage-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  mkdirSync(join(directory, 'trials'));
  const golden = await makeGolden(join(directory, 'golden'), { withForeign: false });
  const plans = plansOf(golden, 1);
  for (const [file, harm] of TRIALS) {
    const plan = plans.find(
      ({ harmed: [one, second] }) => !second && file.test(one!.file) && one!.harm === harm,
    );
    assert.ok(plan, `${file} with ${harm}`);
    const { verdict, details } = await runTrial(golden, plan, join(directory, 'trials'));
    assert.ok(!FAILED.includes(verdict), `${JSON.stringify(plan)}: ${verdict}: ${details}`);
  }
});
