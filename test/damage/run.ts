// npm run test:damage [-- --trials N --seed N --jobs N --only TEXT --verbose]: every file of a data directory with every harm, judged one by one.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeGolden } from './golden.ts';
import { seededRandom } from './harm.ts';
import { FAILED, plansOf, runTrial, type TrialPlan, type TrialResult } from './trial.ts';

const { values: flags } = parseArgs({
  options: {
    trials: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '4' },
    only: { type: 'string', default: '' },
    verbose: { type: 'boolean', default: false },
  },
});
const directory = mkdtempSync(join(tmpdir(), 'minimon-damage-'));
const scratch = join(directory, 'trials');
mkdirSync(scratch);

const nameOf = ({ template, harmed, seed }: TrialPlan) =>
  `${template} ${harmed.map(({ file, harm }) => `${file}: ${harm}`).join(' and ')} (seed ${seed})`;

function shuffled<T>(list: readonly T[], seed: number): T[] {
  const random = seededRandom(seed);
  const mixed = [...list];
  for (let i = mixed.length - 1; i > 0; i--) {
    const at = random(i + 1);
    [mixed[i], mixed[at]] = [mixed[at]!, mixed[i]!];
  }
  return mixed;
}

try {
  const golden = await makeGolden(join(directory, 'golden'), { withForeign: true });
  const wanted: TrialPlan[] = [];
  for (let round = 0; wanted.length < Number(flags.trials); round++) {
    const plans = plansOf(golden, Number(flags.seed) + round * 10_000);
    const named = plans.filter((plan) => nameOf(plan).includes(flags.only));
    // Some of all: a run of fewer trials than there are files and harms has its share of each.
    const more = shuffled(named, Number(flags.seed) + round).slice(0, Number(flags.trials) - wanted.length);
    if (more.length === 0 || (round > 0 && flags.only !== '')) break;
    wanted.push(...more);
  }
  const results: TrialResult[] = [];
  const work = async () => {
    for (let plan = wanted.shift(); plan; plan = wanted.shift()) {
      const result = await runTrial(golden, plan, scratch);
      results.push(result);
      if (flags.verbose || FAILED.includes(result.verdict)) report(result);
    }
  };
  await Promise.all(Array.from({ length: Number(flags.jobs) }, work));
  print(results);
} finally {
  rmSync(directory, { recursive: true, force: true });
}

function report({ plan, verdict, details, said }: TrialResult): void {
  process.stdout.write(`${verdict}  ${nameOf(plan)}\n  ${details.slice(0, 600)}\n`);
  for (const line of said.slice(0, 6)) process.stdout.write(`    said: ${line.slice(0, 400)}\n`);
}

function print(results: readonly TrialResult[]): void {
  const verdicts = ['whole', 'loss told', 'refused', ...FAILED] as const;
  const kinds = Map.groupBy(results, ({ plan }) =>
    plan.harmed.length > 1 ? 'two at once' : plan.harmed[0]!.file.replace(/week-.*?\./, 'week.'),
  );
  process.stdout.write(`\n${['file', ...verdicts].join(' | ')}\n`);
  for (const [kind, of] of [...kinds, ['all', results] as const]) {
    const numbers = verdicts.map((verdict) => of.filter((one) => one.verdict === verdict).length);
    process.stdout.write(`${[kind, ...numbers].join(' | ')}\n`);
  }
  process.exitCode = results.some(({ verdict }) => FAILED.includes(verdict)) ? 1 : 0;
}
