// Parses a YAML file of alert rules, and reports every error with line and column.
import type { Node } from 'yaml';
import type { SourceRule } from '../api/rule-fields.ts';
import { checkRuleDraft, type RuleFault } from '../domain/alerting/rule-check.ts';
import { didYouMeanKey, nearest } from '../domain/did-you-mean.ts';
import { SEVERITIES, type Severity } from '../domain/expression/syntax.ts';
import { idError } from '../domain/names.ts';
import {
  type Entry,
  entriesOf,
  type FileFault,
  type FilePlace,
  flagOf,
  offsetIn,
  readYaml,
  scalarText,
  textOf,
  type YamlReader,
} from './yaml-file.ts';

export type FileRule = {
  /** Without `source` where the document names none. */
  readonly rule: SourceRule;
  readonly placeOf: (fault: Pick<RuleFault, 'field' | 'offset'>) => FilePlace;
};

export type RuleFile = {
  readonly rules: readonly FileRule[];
  /** Sources that documents name, with or without rules. */
  readonly sources: readonly string[];
  /** Whether a document is without a source of its own. */
  readonly isUnnamed: boolean;
  readonly faults: readonly FileFault[];
};

export type RuleFileOptions = {
  /** Accept likely mistakes. */
  readonly force?: boolean | undefined;
  /** Leave metrics that are not known and what else looks like a mistake to manage, which knows more. */
  readonly leaveDoubts?: boolean | undefined;
};

const RULE_KEYS = [
  ...['name', 'expr', 'severity', 'location', 'locations', 'host', 'hosts', 'notify'],
  ...['text', 'runbook', 'labels', 'resolved', 'enabled'],
] as const;
type RuleKey = (typeof RULE_KEYS)[number];
const FILE_KEYS = ['rules', 'source'] as const;
const EXAMPLE = "rules: [{name: high-cpu, expr: 'cpu.usage > 90 for 5m'}]";
/** What others call a key. */
const SAID_OTHERWISE: Readonly<Record<string, RuleKey>> = {
  ...{ condition: 'expr', query: 'expr', when: 'expr', alert: 'name', rule: 'name' },
  ...{ level: 'severity', priority: 'severity', receivers: 'notify', receiver: 'notify', tags: 'labels' },
  ...{ message: 'text', summary: 'text', description: 'text', disabled: 'enabled' },
};
/** Where others have what belongs into the expression here. */
const IN_EXPR: Readonly<Record<string, string>> = {
  for: 'cpu.usage > 90 for 5m',
  keep: 'cpu.usage > 90 keep 5m',
  keep_firing_for: 'cpu.usage > 90 keep 5m',
  clear: 'cpu.usage > 90 clear < 80',
};

export async function readRuleFile(text: string, options: RuleFileOptions = {}): Promise<RuleFile> {
  const { documents, faults } = await readYaml(text);
  const rules: FileRule[] = [];
  const sources = new Set<string>();
  let isUnnamed = false;
  if (documents.length === 0) {
    faults.push({ line: 1, column: 1, message: `the file is empty: write \`rules: []\` for no rules` });
  }
  for (const { contents, reader } of documents) {
    if (reader === undefined) continue;
    const read = readDocument(contents, reader, options);
    rules.push(...read.rules);
    if (read.source === undefined) isUnnamed = true;
    else sources.add(read.source);
  }
  return { rules, sources: [...sources], isUnnamed, faults };
}

function readDocument(
  contents: unknown,
  reader: YamlReader,
  options: RuleFileOptions,
): { readonly rules: readonly FileRule[]; readonly source: string | undefined } {
  const { yaml, fault, resolve } = reader;
  const none = { rules: [], source: undefined };
  if (!yaml.isMap(contents)) {
    fault(contents, `expected a map with the key rules: ${EXAMPLE}`);
    return none;
  }
  const entries = entriesOf(contents, FILE_KEYS, reader, hintFor);
  const sourceNode = entries.get('source');
  const source = sourceNode && textOf(sourceNode, 'source', reader);
  if (source !== undefined) {
    const error = idError(source, 'source');
    if (error) fault(sourceNode!.node, error);
  }
  const list = entries.get('rules');
  const items = resolve(list?.value);
  if (!yaml.isSeq(items)) {
    fault(list?.node ?? contents, `rules must be a list: ${EXAMPLE}`);
    return none;
  }
  const rules = items.items.flatMap((item) => readRule(resolve(item), item, source, reader, options) ?? []);
  return { rules, source };
}

function hintFor(name: string, value: unknown, known: readonly string[]): string {
  const inExpr = known === FILE_KEYS ? undefined : IN_EXPR[name];
  if (inExpr !== undefined) {
    const written =
      typeof value === 'object' && value !== null && 'value' in value ? String(value.value) : '';
    const unit = /^\d+$/.test(written) ? ` A duration has a unit: ${written}s or ${written}m.` : '';
    return `It is part of the expression, expr: ${inExpr}.${unit}`;
  }
  if (name === 'groups')
    return 'Rules of Prometheus must be rewritten: docs/alerts-from-other-tools.md shows how.';
  const ours = known === FILE_KEYS ? undefined : SAID_OTHERWISE[name];
  if (ours !== undefined) return `Did you mean ${ours}?`;
  return didYouMeanKey(name, known, `Keys are ${known.join(', ')}.`)!;
}

function readRule(
  map: unknown,
  item: unknown,
  source: string | undefined,
  reader: YamlReader,
  options: RuleFileOptions,
): FileRule | undefined {
  const { yaml, fault } = reader;
  if (!yaml.isMap(map)) {
    fault(item, `a rule must be a map: ${EXAMPLE.slice(8, -1)}`);
    return undefined;
  }
  const start = map.range?.[0] ?? 0;
  const entries = entriesOf(map, RULE_KEYS, reader, hintFor);
  const nodes = new Map<string, Node>();
  const text = (key: RuleKey, field: string = key) => {
    const entry = entries.get(key);
    if (entry === undefined) return undefined;
    nodes.set(field, entry.node);
    return textOf(entry, key, reader);
  };
  const list = (field: 'locations' | 'hosts' | 'notify', keys: readonly RuleKey[]) => {
    const [key, second] = keys.filter((one) => entries.has(one));
    if (key === undefined) return undefined;
    if (second !== undefined) fault(entries.get(second)!.key, `${key} and ${second} are the same: write one`);
    return listOf(entries.get(key)!, { key, field, nodes }, reader);
  };
  const name = text('name');
  const expression = text('expr', 'expression')?.trim();
  if (!entries.has('name')) fault(start, 'the rule has no name');
  if (!entries.has('expr')) fault(start, `the rule ${name ?? ''} has no expr`.replace('  ', ' '));
  const severity = severityOf(entries.get('severity'), reader);
  const [locations, hosts] = [list('locations', ['location', 'locations']), list('hosts', ['host', 'hosts'])];
  const notify = list('notify', ['notify']);
  const [message, runbook] = [text('text'), text('runbook')];
  const labels = labelsOf(entries.get('labels'), nodes, reader);
  const resolved = flagOf(entries.get('resolved'), 'resolved', reader);
  const enabled = flagOf(entries.get('enabled'), 'enabled', reader);
  const rule: SourceRule = {
    name: name ?? '',
    expression: expression ?? '',
    ...(source !== undefined && { source }),
    ...(severity !== undefined && { severity }),
    ...(locations !== undefined && { locations }),
    ...(hosts !== undefined && { hosts }),
    ...(notify !== undefined && { notify }),
    ...(message !== undefined && { text: message }),
    ...(runbook !== undefined && { runbook }),
    ...(labels !== undefined && { labels }),
    ...(resolved === false && { quietEnd: true }),
    ...(enabled === false && { disabled: true }),
  };
  const offsetOf = ({ field, offset = 0 }: Pick<RuleFault, 'field' | 'offset'>) => {
    const node = nodes.get(field) ?? nodes.get(field.split('.')[0]!);
    return node === undefined ? start : offsetIn(node, offset, reader);
  };
  for (const problem of checkRuleDraft(rule, { force: options.force || options.leaveDoubts }).faults) {
    // What could not be read was reported where it stands.
    if ((problem.field === 'name' && !name) || (problem.field === 'expression' && !expression)) continue;
    fault(offsetOf(problem), faultMessage(problem));
  }
  return name ? { rule, placeOf: (problem) => reader.placeAt(offsetOf(problem)) } : undefined;
}

export const faultMessage = ({ message, hint }: Pick<RuleFault, 'message' | 'hint'>): string =>
  hint === undefined ? message : `${message}\n${hint}`;

function listOf(
  { node, value }: Entry,
  at: { readonly key: string; readonly field: string; readonly nodes: Map<string, Node> },
  reader: YamlReader,
): readonly string[] {
  const { yaml, resolve, fault } = reader;
  const { key, field, nodes } = at;
  nodes.set(field, node);
  const list = resolve(value);
  const items = yaml.isSeq(list) ? list.items : [value];
  const isScope = field !== 'notify';
  if (items.length === 0 && isScope) {
    fault(
      node,
      `${key} is empty, which would match nothing: omit it to match every ${key.replace(/s$/, '')}`,
    );
  }
  return items.flatMap((item, i) => {
    const text = scalarText(item, reader);
    if (text === undefined) fault(item, `${key} must be a string or a list of strings`);
    if (text === '') {
      const hint = isScope ? `omit it to match every ${key.replace(/s$/, '')}` : 'omit it';
      fault(item ?? node, `${key} is empty: ${hint}`);
    }
    if (!text) return [];
    nodes.set(`${field}.${i}`, item as Node);
    return [text];
  });
}

function severityOf(entry: Entry | undefined, reader: YamlReader): Severity | undefined {
  if (entry === undefined) return undefined;
  const text = textOf(entry, 'severity', reader);
  if (text === undefined) return undefined;
  if (SEVERITIES.includes(text as Severity)) return text as Severity;
  const near = nearest(text, SEVERITIES);
  const hint = near === undefined ? `Write ${SEVERITIES.join(', ')}.` : `Did you mean ${near}?`;
  reader.fault(entry.node, `unknown severity ${text}. ${hint}`);
  return undefined;
}

function labelsOf(
  entry: Entry | undefined,
  nodes: Map<string, Node>,
  reader: YamlReader,
): Readonly<Record<string, string>> | undefined {
  if (entry === undefined) return undefined;
  const { yaml, resolve, fault } = reader;
  nodes.set('labels', entry.node);
  const map = resolve(entry.value);
  if (!yaml.isMap(map)) {
    fault(entry.node, 'labels must be a map: {team: storage}');
    return undefined;
  }
  const labels: Record<string, string> = Object.create(null);
  for (const { key, value } of map.items) {
    const text = scalarText(value, reader);
    if (!yaml.isScalar(key) || text === undefined) {
      fault(key, 'a label is a name and a text');
      continue;
    }
    const name = String(key.value);
    nodes.set(`labels.${name}`, key);
    labels[name] = text;
  }
  return { ...labels };
}
