// npm run test:damage [-- --trials N --seed N --only TEXT --verbose]: every file of a data directory with every harm, judged one by one.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeGolden } from './golden.ts';
import { FAILED, plansOf, runTrial, type TrialPlan, type TrialResult } from './trial.ts';

const { values: flags } = parseArgs({
  options: {
    trials: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    verbose: { type: 'boolean', default: false },
  },
});
const directory = mkdtempSync(join(tmpdir(), 'minimon-damage-'));
const scratch = join(directory, 'trials');
mkdirSync(scratch);

const nameOf = ({ template, file, harm, seed }: TrialPlan) => `${template} ${file}: ${harm} (seed ${seed})`;

try {
  const golden = await makeGolden(join(directory, 'golden'));
  const results: TrialResult[] = [];
  for (let round = 0; results.length < Number(flags.trials); round++) {
    const before = results.length;
    for (const plan of plansOf(golden, Number(flags.seed) + round * 10_000)) {
      if (!nameOf(plan).includes(flags.only) || results.length >= Number(flags.trials)) continue;
      const result = await runTrial(golden, plan, scratch);
      results.push(result);
      if (!FAILED.includes(result.verdict) && !flags.verbose) continue;
      process.stdout.write(`${result.verdict}  ${nameOf(plan)}\n  ${result.details.slice(0, 600)}\n`);
      for (const line of result.said.slice(0, 6)) process.stdout.write(`    said: ${line.slice(0, 400)}\n`);
    }
    if (results.length === before) break;
  }
  print(results);
} finally {
  rmSync(directory, { recursive: true, force: true });
}

function print(results: readonly TrialResult[]): void {
  const verdicts = ['whole', 'loss told', 'refused', ...FAILED] as const;
  const kinds = Map.groupBy(results, ({ plan }) => plan.file.replace(/week-.*?\./, 'week.'));
  process.stdout.write(`\n${['file', ...verdicts].join(' | ')}\n`);
  for (const [kind, of] of [...kinds, ['all', results] as const]) {
    const numbers = verdicts.map((verdict) => of.filter((one) => one.verdict === verdict).length);
    process.stdout.write(`${[kind, ...numbers].join(' | ')}\n`);
  }
  process.exitCode = results.some(({ verdict }) => FAILED.includes(verdict)) ? 1 : 0;
}
