// Shared by `alerts apply`, `plan` and `validate`: flags, and reading the rule files.
import { Flags } from '@oclif/core';
import type { ManageClient } from '../api/manage.ts';
import { previewNote, previewRules } from '../api/rule-preview.ts';
import type { WarnClient } from '../api/warn.ts';
import type { AnalyzeClient, CliContext } from '../assembly/cli-context.ts';
import type { ClientSettings } from '../assembly/client-settings.ts';
import { type RuleFilesRequest, type RuleSet, readRuleFiles } from '../assembly/rule-files.ts';
import { ExpectedError } from '../domain/errors.ts';
import { parseMatcher } from '../domain/expression/matcher.ts';
import { readInput } from './read-input.ts';
import type { PlannedChange } from './rule-plan-view.ts';

export const fileFlags = {
  file: Flags.string({
    char: 'f',
    multiple: true,
    description: 'File or folder of rules, or - for standard input',
    helpValue: 'FILE',
  }),
  force: Flags.boolean({ description: 'Accept rules despite warnings about likely mistakes' }),
};

export const sourceFlags = {
  ...fileFlags,
  stock: Flags.boolean({ description: 'Use the stock rules of minimon: disks, memory, clocks ...' }),
  source: Flags.string({
    description: 'Source (owner) of the rules, if the file does not set it [default: its path]',
    helpValue: 'NAME',
  }),
  prune: Flags.boolean({
    description: 'Remove rules of the same source that are no longer in the files',
  }),
  preview: Flags.boolean({
    allowNo: true,
    default: true,
    description: 'Show on what the changed rules would fire now',
  }),
  adopt: Flags.boolean({ description: 'Take over rules with these names from other sources' }),
};

type SourceFlags = {
  readonly file?: string[] | undefined;
  readonly force: boolean;
  readonly stock?: boolean;
  readonly source?: string | undefined;
  readonly prune?: boolean;
  readonly adopt?: boolean;
};

/** The fields that decide where a rule fires and whom it notifies. */
const EVALUATED = new Set(['expr', 'location', 'host', 'enabled']);
const ROUTED = new Set(['notify', 'severity', 'labels']);
/** Timeout of the preview. */
const PREVIEW_MS = 30_000;

/** Thousands of rules in one transaction take longer than other requests. */
const APPLY_TIMEOUT_MS = 120_000;

export async function readRules(
  flags: SourceFlags,
  context: CliContext,
  options: Pick<RuleFilesRequest, 'leaveDoubts'> = {},
): Promise<RuleSet> {
  const paths = flags.file ?? [];
  if (paths.length === 0 && !flags.stock) {
    throw new ExpectedError('USAGE', 'no rules were given', {
      hint: 'Name a file with -f rules.yaml, or use the stock rules with --stock.',
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
    throw new ExpectedError(
      'USAGE',
      'rules from standard input have no source, so --prune cannot know which rules to remove',
      {
        hint: 'Set one with --source NAME, or with `source: NAME` at the top of the text.',
      },
    );
  }
  return set;
}

export type RuleChanges = Parameters<ManageClient['planRules']>[0];

export const ruleChanges = ({ rules, sources }: RuleSet, flags: SourceFlags): RuleChanges => ({
  rules,
  sources,
  prune: flags.prune ?? false,
  adopt: flags.adopt ?? false,
  // Stock rules need no --force.
  force: flags.force || (flags.stock === true && (flags.file ?? []).length === 0),
});

export type PlanServices = {
  readonly manage: ManageClient;
  readonly warn: Pick<WarnClient, 'listAlerts' | 'routeOf'>;
  readonly analyze: Pick<AnalyzeClient, 'backtest'>;
  readonly nowMs: number;
};

export async function openPlanServices(context: CliContext, settings: ClientSettings): Promise<PlanServices> {
  const timeoutMs = Math.max(settings.timeoutMs, APPLY_TIMEOUT_MS);
  return {
    manage: await context.openManage({ ...settings, timeoutMs }),
    warn: await context.openWarn(settings),
    analyze: await context.openAnalyze(settings),
    nowMs: context.nowMs(),
  };
}

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

/** Receivers of the rule's open alerts, before and after; undefined if unchanged. */
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
    // A label that no route uses has no effect, and warn may not know it yet.
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
