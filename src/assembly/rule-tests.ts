// The files that `alerts test -f` names, with the rules they are about, run; faults of all of them as one error.
import { dirname, resolve } from 'node:path';
import { type Outcome, runRuleTest } from '../daemons/warn/rule-tests.ts';
import { builtInRules } from '../domain/alerting/built-in.ts';
import { didYouMean } from '../domain/did-you-mean.ts';
import { faultsError, type PlacedFault, readRuleFiles, readText } from './rule-files.ts';
import { readRuleTestFile } from './rule-test-file.ts';
import type { FilePlace } from './yaml-file.ts';

export type RuleTestOutcome = Outcome & {
  readonly file: string;
  readonly place: FilePlace;
  readonly test: string;
};

export type RuleTestsRequest = {
  readonly paths: readonly string[];
  readonly readStdin: () => Promise<string>;
};

/** BAD_RULES with every fault of test and rule files: then nothing is run. FILE_MISSING. */
export async function runRuleTests({ paths, readStdin }: RuleTestsRequest): Promise<RuleTestOutcome[]> {
  const read = await Promise.all(
    paths.map(async (file) => ({
      file,
      ...(await readRuleTestFile(file === '-' ? await readStdin() : await readText(file))),
    })),
  );
  const faults = read.flatMap((one) =>
    one.faults.map((fault): PlacedFault => ({ ...fault, file: one.file })),
  );
  if (faults.length > 0) throw faultsError(faults, 'BAD_RULES', 'nothing was run');
  const outcomes: RuleTestOutcome[] = [];
  const unknown: PlacedFault[] = [];
  for (const { file, tests, ruleFiles, stock } of read) {
    const folder = file === '-' ? '.' : dirname(file);
    const rules = await readRuleFiles({
      paths: ruleFiles.map((path) => resolve(folder, path)),
      stock,
      force: true,
      readStdin,
    });
    if (rules.faults.length > 0) throw rules.errorOf([]);
    const names = [...builtInRules(), ...rules.rules].map(({ name }) => name);
    for (const test of tests) {
      for (const [i, { rule }] of test.expectations.entries()) {
        if (names.includes(rule)) continue;
        const hint = didYouMean(rule, names, 'Name the file that has it under rule_files.');
        unknown.push({ ...test.places[i]!, file, message: `no rule ${rule}. ${hint}` });
      }
      if (unknown.length > 0) continue;
      for (const [i, outcome] of runRuleTest(test, rules.rules).entries()) {
        outcomes.push({ ...outcome, file, place: test.places[i]!, test: test.name });
      }
    }
  }
  if (unknown.length > 0) throw faultsError(unknown, 'BAD_RULES', 'nothing was run');
  return outcomes;
}
