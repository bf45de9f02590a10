// Applying rule files: the plan, and the apply in one transaction.

import type { ManageService } from '../../api/manage.ts';
import { ExpectedError } from '../../domain/errors.ts';
import { actorOf, UNNAMED_ACTOR } from '../../runtime/caller.ts';
import { reportedMetrics } from './reported-metrics.ts';
import { type PlannedFault, type PlannedRules, planRules, type RuleChangesRequest } from './rule-plan.ts';
import type { AlertParts } from './rules.ts';
import { scopeNotes } from './scope-notes.ts';

const SHOWN_FAULTS = 50;

export function createRuleFiles({
  records,
  clock,
  logger,
  analyze,
  readFleet,
}: AlertParts): Pick<ManageService, 'planRules' | 'applyRules'> {
  return {
    async planRules(request) {
      const nowMs = clock.nowMs();
      const reported = await reportedMetrics(analyze, request.rules);
      const { records: _, ...plan } = planRules(await records.read(), request, { nowMs, reported });
      return { ...plan, notes: [...plan.notes, ...(await scopeNotes(request.rules, { readFleet, clock }))] };
    },
    async applyRules({ actor = UNNAMED_ACTOR, ...request }) {
      // Asked before the transaction, which is to be short.
      const nowMs = clock.nowMs();
      const reported = await reportedMetrics(analyze, request.rules);
      let planned: PlannedRules | undefined;
      await records.change((before) => {
        planned = planRules(before, request, { nowMs, reported });
        if (planned.faults.length > 0) throw invalidRules(request, planned.faults);
        return planned.records;
      }, actor);
      const { records: _, faults: __, ...plan } = planned!;
      if (plan.changes.length > 0) {
        logger.info(
          { actor: actorOf(actor), sources: request.sources, changes: plan.changes.length },
          'rules applied',
        );
      }
      return { ...plan, notes: [...plan.notes, ...(await scopeNotes(request.rules, { readFleet, clock }))] };
    },
  };
}

function invalidRules({ rules }: RuleChangesRequest, faults: readonly PlannedFault[]): ExpectedError {
  const lines = faults.slice(0, SHOWN_FAULTS).map(({ rule, field, message, hint }) => {
    const where = `${rules[rule]!.name || `rule ${rule + 1}`}: ${field}`;
    return `${where}: ${message}${hint === undefined ? '' : `\n${hint}`}`;
  });
  if (faults.length > SHOWN_FAULTS) lines.push(`and ${faults.length - SHOWN_FAULTS} more`);
  const conflict = (['RULE_EXISTS', 'RULE_CHANGED'] as const).find((code) =>
    faults.every((fault) => fault.code === code),
  );
  // It is not a place in the rule that is wrong.
  if (conflict === 'RULE_CHANGED') lines.splice(0, lines.length, ...faults.map(({ message }) => message));
  return new ExpectedError(conflict ?? 'BAD_RULES', lines.join('\n'), {
    hint: 'Nothing was changed.',
  });
}
