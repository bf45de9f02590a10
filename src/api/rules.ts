// Rules for commands: reading one by name, and as a draft to edit and save.
import { internalRule } from '../domain/alerting/built-in.ts';
import { ExpectedError } from '../domain/errors.ts';
import { isGlob } from '../domain/glob.ts';
import { locationUnknown, ruleUnknown } from '../domain/unknown-names.ts';
import type { ManageClient } from './manage.ts';
import type { SourceRule } from './rule-fields.ts';

export type SavedRule = Awaited<ReturnType<ManageClient['listRules']>>[number];

/** RULE_UNKNOWN names the nearest. */
export async function findRule(manage: Pick<ManageClient, 'listRules'>, name: string): Promise<SavedRule> {
  const rules = await manage.listRules();
  const rule = rules.find((one) => one.name === name);
  if (rule !== undefined) return rule;
  throw ruleUnknown(
    name,
    rules.map((one) => one.name),
  );
}

/** RULE_UNKNOWN, LOCATION_UNKNOWN and HOST_UNKNOWN name the nearest; globs are taken as they are, and all where manage does not answer. */
export async function checkAlertFilter(
  openManage: () => Promise<Pick<ManageClient, 'listRules' | 'listLocations' | 'getHost'>>,
  {
    rule,
    location,
    host,
  }: {
    readonly rule?: string | undefined;
    readonly location?: string | undefined;
    readonly host?: string | undefined;
  },
): Promise<void> {
  try {
    const manage = await openManage();
    if (rule !== undefined && !isGlob(rule) && !internalRule(rule)) await findRule(manage, rule);
    if (host !== undefined && !isGlob(host)) await manage.getHost(host);
    if (location === undefined || isGlob(location)) return;
    const names = (await manage.listLocations()).locations.map((one) => one.location);
    if (names.includes(location)) return;
    throw locationUnknown(location, names);
  } catch (error) {
    if (!(error instanceof ExpectedError) || error.kind === 'not_found') throw error;
  }
}

export function draftOf(rule: SavedRule): SourceRule {
  const { name, expression, severity, locations, hosts, notify, text, runbook, labels, source } = rule;
  return {
    ...{ name, expression, severity, locations, hosts, notify, labels },
    ...(source !== '' && { source }),
    ...(text !== undefined && { text }),
    ...(runbook !== undefined && { runbook }),
    ...(!rule.tellResolved && { quietEnd: true }),
    ...(!rule.enabled && { disabled: true }),
  };
}
