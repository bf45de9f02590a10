// The built-in rules: two that users may change, and the internal ones about minimon itself.
import { parseExpression } from '../expression/parser.ts';
import type { Severity } from '../expression/syntax.ts';
import type { Rule, RuleDefinition } from './rule-set.ts';

const definition = (name: string, expression: string, severity: Severity): RuleDefinition => ({
  name,
  expression: parseExpression(expression),
  severity,
  locations: [],
  hosts: [],
  enabled: true,
});

/** host-silent's `for` is longer than room-dark's on purpose: the alert of the location fires first. */
export const builtInRules = (): RuleDefinition[] => [
  definition('room-dark', 'share(silent) > 20% min 2 for 2m', 'critical'),
  definition('host-silent', 'silent for 3m', 'critical'),
];

/** A rule that has no expression of its own: the evaluator judges it. */
const internal = (name: string, meaning: string, severity: Severity, forMs = 0): Rule => ({
  definition: {
    name,
    expression: { tests: [{ kind: 'silent' }], forMs, keepMs: 0 },
    severity,
    locations: [],
    hosts: [],
    enabled: true,
  },
  canonical: meaning,
  kind: 'silent',
  tests: [],
  shares: [],
  scope: 0,
  levelled: 0,
  severities: [severity],
});

export const PIPELINE_STALLED = internal('pipeline-stalled', 'no heartbeat for 30s', 'critical');
export const FLEET_SILENT = internal('fleet-silent', 'every host is silent', 'critical', 120_000);
export const CLOCK_FAULT = internal('clock-fault', 'timestamps behind or ahead', 'warning');
export const HOST_CONFLICT = internal('host-conflict', 'two machines report under one host id', 'warning');
export const NOTHING_MATCHED = internal('rule-matches-nothing', 'no series matches any more', 'warning');

const INTERNAL = new Map(
  [PIPELINE_STALLED, FLEET_SILENT, CLOCK_FAULT, HOST_CONFLICT, NOTHING_MATCHED].map((rule) => [
    rule.definition.name,
    rule,
  ]),
);
export const internalRule = (name: string): Rule | undefined => INTERNAL.get(name);

/** The rule of the alert that the notifier raises for a receiver that accepts nothing. */
export const RECEIVER_BEHIND = 'receiver-behind';

/** Names of internal rules, which cannot be created or changed. */
export const OWN_RULES: readonly string[] = [...INTERNAL.keys(), RECEIVER_BEHIND];
