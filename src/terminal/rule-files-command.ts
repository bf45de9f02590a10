// What `alerts apply`, `plan` and `validate` have in common: their flags, and the rules that these name.
import { Flags } from '@oclif/core';
import type { ManageClient } from '../api/manage.ts';
import type { CliContext } from '../assembly/cli-context.ts';
import { type RuleFilesRequest, type RuleSet, readRuleFiles } from '../assembly/rule-files.ts';
import { ExpectedError } from '../domain/errors.ts';
import { readInput } from './prompts.ts';

export const fileFlags = {
  file: Flags.string({
    char: 'f',
    multiple: true,
    description: 'A file of rules, a folder of them, or - for standard input',
    helpValue: 'FILE',
  }),
  force: Flags.boolean({ description: 'Also what looks like a mistake' }),
};

export const sourceFlags = {
  ...fileFlags,
  stock: Flags.boolean({ description: 'The rules that minimon brings along: disks, memory, clocks ...' }),
  source: Flags.string({
    description: 'Whose rules these are, where the file does not say: [default: its path]',
    helpValue: 'NAME',
  }),
  prune: Flags.boolean({
    description:
      'Remove the rules that an earlier apply of the same source created and that are gone from it',
  }),
  adopt: Flags.boolean({ description: 'Take over rules of these names that were made by hand or elsewhere' }),
};

type SourceFlags = {
  readonly file?: string[] | undefined;
  readonly force: boolean;
  readonly stock?: boolean;
  readonly source?: string | undefined;
  readonly prune?: boolean;
  readonly adopt?: boolean;
};

/** Thousands of rules in one transaction take longer than a question. */
export const APPLY_TIMEOUT_MS = 120_000;

export async function readRules(
  flags: SourceFlags,
  context: CliContext,
  options: Pick<RuleFilesRequest, 'leaveDoubts'> = {},
): Promise<RuleSet> {
  const paths = flags.file ?? [];
  if (paths.length === 0 && !flags.stock) {
    throw new ExpectedError('USAGE', 'no rules were named', {
      hint: "Name a file with -f rules.yaml, or take minimon's own with --stock.",
    });
  }
  const set = await readRuleFiles({
    ...options,
    paths,
    force: flags.force,
    stock: flags.stock,
    source: flags.source,
    readStdin: () => readInput('-', context.stdin),
  });
  if (flags.prune && set.sources.length === 0) {
    throw new ExpectedError('USAGE', 'standard input is no source of rules: nothing says which to prune', {
      hint: 'Name it with --source NAME, or with `source: NAME` at the top of the text.',
    });
  }
  return set;
}

export type RuleChanges = Parameters<ManageClient['planRules']>[0];

export const ruleChanges = ({ rules, sources }: RuleSet, flags: SourceFlags): RuleChanges => ({
  rules,
  sources,
  prune: flags.prune ?? false,
  adopt: flags.adopt ?? false,
  // Nobody needs to insist on what minimon brings along.
  force: flags.force || (flags.stock === true && (flags.file ?? []).length === 0),
});

/** BAD_RULES or RULE_EXISTS with every place at fault. */
export async function planned(manage: ManageClient, set: RuleSet, flags: SourceFlags) {
  const plan = await manage.planRules(ruleChanges(set, flags));
  if (plan.faults.length > 0) throw set.errorOf(plan.faults);
  return plan;
}
