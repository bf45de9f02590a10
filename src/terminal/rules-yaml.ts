// Rules as the YAML that `alerts apply` reads.
import type { ManageClient } from '../api/manage.ts';
import { type JsonValue, loadYaml } from './output.ts';

export type Rule = Awaited<ReturnType<ManageClient['listRules']>>[number];

/** One document a source, rules made by hand in one without; what is as by default is left out. */
export async function rulesYaml(rules: readonly Rule[]): Promise<string> {
  const yaml = await loadYaml();
  const sources = [...new Set(rules.map(({ source }) => source))].sort();
  const documents = sources.map((source) => ({
    ...(source !== '' && { source }),
    rules: rules.filter((rule) => rule.source === source).map(ruleObject),
  }));
  return (documents.length === 0 ? [{ rules: [] }] : documents).map(yaml).join('---\n');
}

/** A list of one is written as that one. */
const listed = (values: readonly string[]): JsonValue => (values.length === 1 ? values[0]! : values);

function ruleObject(rule: Rule): { readonly [key: string]: JsonValue } {
  const { name, expression, severity, locations, hosts, notify, text, runbook, labels } = rule;
  return {
    name,
    expr: expression,
    severity,
    ...(locations.length > 0 && { location: listed(locations) }),
    ...(hosts.length > 0 && { host: listed(hosts) }),
    ...(notify.length > 0 && { notify: listed(notify) }),
    ...(text !== undefined && { text }),
    ...(runbook !== undefined && { runbook }),
    ...(Object.keys(labels).length > 0 && { labels }),
    ...(!rule.tellResolved && { resolved: false }),
    ...(!rule.enabled && { enabled: false }),
  };
}
