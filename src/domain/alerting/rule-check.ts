// Validates a rule field by field and reports all errors at once: for manage, and for rule files offline.
import type { ErrorCode } from '../errors.ts';
import { check } from '../expression/check.ts';
import { checkMessageText } from '../expression/message-text.ts';
import { type Parsed, parse } from '../expression/parser.ts';
import { printExpression } from '../expression/printer.ts';
import { ExpressionError, quoted, type Severity } from '../expression/syntax.ts';
import { idError, labelNameError, labelValueError, MAX_LABELS } from '../names.ts';
import type { AlertRule } from './configuration.ts';

/** A rule as its author writes it: what is absent has its default. */
export type RuleDraft = {
  readonly name: string;
  readonly expression: string;
  /** Default: warning. */
  readonly severity?: Severity;
  /** Globs; absent or empty: all. */
  readonly locations?: readonly string[];
  readonly hosts?: readonly string[];
  readonly notify?: readonly string[];
  readonly text?: string;
  readonly runbook?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** No notification when it is resolved. */
  readonly quietEnd?: boolean;
  readonly disabled?: boolean;
};

export type RuleFault = {
  /** `expression`, `locations.0`, `labels.team`: a key of the draft, and what of it. */
  readonly field: string;
  readonly code: ErrorCode;
  /** With a caret where the fault is inside an expression or a text. */
  readonly message: string;
  readonly hint?: string;
  /** Offset in the field's text, where that is known. */
  readonly offset?: number;
};

export type CheckedRule = {
  /** Canonical; as written where it cannot be read. */
  readonly expression: string;
  readonly faults: readonly RuleFault[];
  /** What its author should know. */
  readonly notes: readonly string[];
};

export type RuleCheckOptions = {
  /** Metrics that hosts report beside the known ones. */
  readonly reported?: readonly string[];
  /** Accept likely mistakes. */
  readonly force?: boolean | undefined;
  /** The canonical expression that is saved: somebody insisted on it already. */
  readonly saved?: string | undefined;
};

/** Messages of the smallest receiver hold 4,096 bytes. */
const MAX_TEXT_BYTES = 2_000;
const MAX_RUNBOOK_BYTES = 1_000;
/** They say what an alert is about; a rule cannot change it. */
const OWN_LABELS = new Set(['host', 'location', 'rule', 'severity', 'alertname']);

export function checkRuleDraft(draft: RuleDraft, options: RuleCheckOptions = {}): CheckedRule {
  const faults: RuleFault[] = [];
  const notes: string[] = [];
  const report = (field: string, code: ErrorCode, message: string, hint?: string) =>
    faults.push({ field, code, message, ...(hint !== undefined && { hint }) });

  const nameError = idError(draft.name, 'rule name');
  if (nameError) report('name', 'BAD_ID', nameError);
  for (const field of ['locations', 'hosts'] as const) {
    const what = field === 'hosts' ? 'host' : 'location';
    for (const [i, glob] of (draft[field] ?? []).entries()) {
      const error = idError(glob, what);
      const hint = glob === '' ? `Leave it out to match every ${what}, or name one.` : undefined;
      if (error) report(`${field}.${i}`, 'USAGE', error, hint);
    }
  }
  for (const [i, name] of (draft.notify ?? []).entries()) {
    const error = idError(name, 'receiver');
    if (error) report(`notify.${i}`, 'BAD_ID', error);
  }
  const expression = checkExpression(draft, options, faults, notes);
  if (draft.text !== undefined) checkText(draft.text, faults);
  const runbookError = draft.runbook === undefined ? undefined : urlError(draft.runbook);
  if (runbookError !== undefined) {
    report('runbook', 'USAGE', runbookError, 'Write a link, such as https://wiki.example.org/disk-full.');
  }
  checkLabels(draft.labels ?? {}, report);
  return { expression, faults, notes };
}

function checkExpression(
  { expression }: RuleDraft,
  options: RuleCheckOptions,
  faults: RuleFault[],
  notes: string[],
): string {
  let parsed: Parsed;
  try {
    parsed = parse(expression);
  } catch (error) {
    faults.push(expressionFault('expression', error));
    return expression;
  }
  const canonical = printExpression(parsed.expression);
  const force = options.force || canonical === options.saved;
  for (const { kind, text, place } of check(parsed, options)) {
    if (kind === 'error') {
      faults.push({ field: 'expression', code: 'BAD_EXPRESSION', message: text, offset: place.start });
    } else if (kind === 'force' && !force) {
      const hint = 'Fix it, or save it anyway with --force.';
      faults.push({ field: 'expression', code: 'NEEDS_FORCE', message: text, hint, offset: place.start });
    } else notes.push(text);
  }
  return canonical;
}

/** The caret goes with the message: over a wire there is nothing else to draw it from. */
function expressionFault(field: string, error: unknown): RuleFault {
  if (!(error instanceof ExpressionError)) throw error;
  return { field, code: 'BAD_EXPRESSION', message: error.text, offset: error.place.start };
}

function checkText(text: string, faults: RuleFault[]): void {
  const report = (message: string) => faults.push({ field: 'text', code: 'USAGE', message });
  const bytes = Buffer.byteLength(text);
  if (text.trim() === '') report('text is empty');
  if (bytes > MAX_TEXT_BYTES) report(`text is ${bytes} bytes long; the limit is ${MAX_TEXT_BYTES}`);
  // Line ends and tabs are text; what else controls a terminal or a printer is not.
  if (/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(text)) report('text has a control character');
  if (!text.isWellFormed()) report('text is not well-formed Unicode');
  try {
    checkMessageText(text);
  } catch (error) {
    faults.push(expressionFault('text', error));
  }
}

function urlError(runbook: string): string | undefined {
  const bytes = Buffer.byteLength(runbook);
  if (bytes > MAX_RUNBOOK_BYTES) return `runbook is ${bytes} bytes long; the limit is ${MAX_RUNBOOK_BYTES}`;
  if (/[\s\u0000-\u001f\u007f]/.test(runbook)) return 'runbook has white space or a control character';
  const { protocol } = URL.parse(runbook) ?? {};
  return protocol === 'https:' || protocol === 'http:'
    ? undefined
    : `runbook ${quoted(runbook)} is not an http or https URL`;
}

function checkLabels(
  labels: Readonly<Record<string, string>>,
  report: (field: string, code: ErrorCode, message: string, hint?: string) => void,
): void {
  const entries = Object.entries(labels);
  if (entries.length > MAX_LABELS) report('labels', 'USAGE', `over the limit of ${MAX_LABELS} labels`);
  for (const [name, value] of entries) {
    const nameError = labelNameError(name);
    if (nameError) {
      const hint = 'Label names are a-z, 0-9 and _, and begin with a letter.';
      report(`labels.${name}`, 'BAD_METRIC', nameError, hint);
    } else if (OWN_LABELS.has(name)) {
      report(
        `labels.${name}`,
        'USAGE',
        `the label ${name} is reserved: every alert has it`,
        'Choose another name.',
      );
    }
    const valueError = value === '' ? 'label value is empty' : labelValueError(value);
    if (valueError) report(`labels.${name}`, 'USAGE', `${quoted(name)}: ${valueError}`);
  }
}

/** Whether saving the draft would not change the rule; `expression` is the draft's canonical one. */
export function isSameRule(rule: AlertRule, draft: RuleDraft, expression: string): boolean {
  const wanted = ruleFields(draftRule(draft, expression));
  return ruleFields(rule).every(({ value }, i) => value === wanted[i]!.value);
}

type RuleContent = Omit<AlertRule, 'identity' | 'builtIn' | 'source' | 'createdMs' | 'updatedMs'>;

/** A draft with its defaults filled in. */
export function draftRule(draft: RuleDraft, expression: string): RuleContent {
  const { name, text, runbook } = draft;
  return {
    name,
    expression,
    severity: draft.severity ?? 'warning',
    locations: draft.locations ?? [],
    hosts: draft.hosts ?? [],
    notify: draft.notify ?? [],
    ...(text !== undefined && { text }),
    ...(runbook !== undefined && { runbook }),
    labels: draft.labels ?? {},
    tellResolved: !draft.quietEnd,
    enabled: !draft.disabled,
  };
}

/** The fields of a rule as texts, under the names used in files; lists are unordered. Undefined: not set. */
export function ruleFields(
  rule: RuleContent,
): readonly { readonly name: string; readonly value: string | undefined }[] {
  // Names may have commas: two of them must not look like one.
  const shown = (value: string) => (/[,"]/.test(value) ? JSON.stringify(value) : value);
  const listed = (values: readonly string[]) =>
    values.length === 0 ? undefined : values.map(shown).sort().join(', ');
  const labels = Object.entries(rule.labels).map(([name, value]) => `${name}=${value}`);
  return [
    { name: 'expr', value: rule.expression },
    { name: 'severity', value: rule.severity },
    { name: 'location', value: listed(rule.locations) },
    { name: 'host', value: listed(rule.hosts) },
    { name: 'notify', value: listed(rule.notify) },
    { name: 'text', value: rule.text },
    { name: 'runbook', value: rule.runbook },
    { name: 'labels', value: listed(labels) },
    { name: 'resolved', value: String(rule.tellResolved) },
    { name: 'enabled', value: String(rule.enabled) },
  ];
}
