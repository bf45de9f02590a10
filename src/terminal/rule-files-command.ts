// What `alerts apply`, `plan` and `validate` have in common: their flags, and the rules that these name.
import { Flags } from '@oclif/core';
import type { ManageClient } from '../api/manage.ts';
import { previewNote, previewRules } from '../api/rule-preview.ts';
import type { WarnClient } from '../api/warn.ts';
import type { AnalyzeClient, CliContext } from '../assembly/cli-context.ts';
import { type RuleFilesRequest, type RuleSet, readRuleFiles } from '../assembly/rule-files.ts';
import { ExpectedError } from '../domain/errors.ts';
import { parseMatcher } from '../domain/expression/matcher.ts';
import { readInput } from './prompts.ts';
import type { PlannedChange } from './rule-plan-view.ts';

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
  preview: Flags.boolean({
    allowNo: true,
    default: true,
    description: 'Say on what the changed rules would fire now',
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

/** What decides on what a rule fires, and who is told. */
const EVALUATED = new Set(['expr', 'location', 'host', 'enabled']);
const ROUTED = new Set(['notify', 'severity', 'labels']);
/** Longer than this nobody waits to hear what rules would do. */
const PREVIEW_MS = 30_000;

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
  if (flags.prune && set.sources.length === 0 && set.faults.length === 0) {
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

export type PlanServices = {
  readonly manage: ManageClient;
  readonly warn: Pick<WarnClient, 'listAlerts' | 'routeOf'>;
  readonly analyze: Pick<AnalyzeClient, 'backtest'>;
  readonly nowMs: number;
};

/** With what the changes would do now. BAD_RULES or RULE_EXISTS with every place at fault. */
export async function planned(
  { manage, warn, analyze, nowMs }: PlanServices,
  set: RuleSet,
  flags: SourceFlags & { readonly preview: boolean },
) {
  const asked = manage.planRules(ruleChanges(set, flags));
  if (set.faults.length > 0) {
    // Where manage answers its faults are said with the others, and not once those are gone.
    throw set.errorOf(
      await asked.then(
        ({ faults }) => faults,
        () => [],
      ),
    );
  }
  const { faults, ...plan } = await asked;
  if (faults.length > 0) throw set.errorOf(faults);
  if (!flags.preview || plan.changes.length === 0)
    return { ...plan, changes: plan.changes as PlannedChange[] };
  const drafts = new Map(set.rules.map((rule) => [rule.name, rule]));
  const rules = plan.changes.flatMap(({ name, action, fields }) => {
    const draft = drafts.get(name);
    const isEvaluated = action === 'add' || fields.some((field) => EVALUATED.has(field.name));
    return draft === undefined || !isEvaluated ? [] : [{ ...draft, enabled: !draft.disabled }];
  });
  const removed = plan.changes.flatMap(({ name, action }) => (action === 'remove' ? [name] : []));
  const signal = AbortSignal.timeout(PREVIEW_MS);
  const { previews, notes } = await previewRules({ analyze, warn }, { rules, removed }, { nowMs, signal });
  const changes: PlannedChange[] = [];
  for (const change of plan.changes) {
    const preview = previews.get(change.name);
    const told = await changedReceivers({ manage, warn }, drafts.get(change.name), change);
    changes.push({ ...change, preview, told });
  }
  const said = changes.flatMap(({ name, preview }) => (preview && previewNote(name, preview)) ?? []);
  return { ...plan, changes, notes: [...plan.notes, ...notes, ...said] };
}

/** Who is told of the rule's alerts that are open, before and after; undefined where that stays. */
async function changedReceivers(
  { manage, warn }: Pick<PlanServices, 'manage' | 'warn'>,
  draft: RuleSet['rules'][number] | undefined,
  { name, action, fields }: PlannedChange,
): Promise<PlannedChange['told']> {
  if (draft === undefined || action !== 'change' || !fields.some((field) => ROUTED.has(field.name)))
    return undefined;
  try {
    const { alerts } = await warn.listAlerts({ rule: name });
    const [open] = alerts;
    if (open === undefined) return undefined;
    const names = async (labels: readonly string[]) => {
      const { receivers } = await warn.routeOf(labels);
      return receivers.flatMap((one) => (one.told ? [one.name] : [])).join(', ');
    };
    const { location, host, severity = draft.severity ?? 'warning' } = open;
    const where = [...(location ? [`location=${location}`] : []), ...(host ? [`host=${host}`] : [])];
    const routes = await routedLabels(manage);
    // A label that no route names decides nothing, and warn may not know it yet.
    const labels = Object.entries(draft.labels ?? {})
      .filter(([label]) => routes.has(label))
      .map(([label, value]) => `${label}=${value}`);
    const from = await names([`rule=${name}`, ...where]);
    const { notify = [] } = draft;
    const to =
      notify.length > 0 ? notify.join(', ') : await names([`severity=${severity}`, ...where, ...labels]);
    return from === to ? undefined : { from, to };
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    return undefined;
  }
}

async function routedLabels(manage: PlanServices['manage']): Promise<ReadonlySet<string>> {
  const receivers = await manage.listReceivers();
  return new Set(receivers.flatMap(({ matchers }) => matchers.map((text) => parseMatcher(text).label)));
}
