// Progress and result of a migration, in sentences.
import type { CopiedHistory, Migration, MigrationStep } from '../assembly/migrate.ts';
import type { CopiedAlertHistory } from '../daemons/migrate/alert-history.ts';
import type { LeftBehind } from '../daemons/migrate/left-behind.ts';
import { counted, listed } from '../domain/counting.ts';
import { formatInstant } from '../domain/instant.ts';

export function migrationStep(step: MigrationStep): string {
  switch (step.step) {
    case 'replay':
      return `replaying the bus: ${counted(step.unread, 'record')} left`;
    case 'comparison':
      return 'comparing sample counts of source and target';
    case 'history': {
      const { fromMs, toMs, throughMs, samples, rejected } = step;
      const share = toMs <= fromMs ? 100 : Math.floor((100 * (throughMs - fromMs)) / (toMs - fromMs));
      const rejects = rejected === 0 ? '' : `, ${rejected} rejected`;
      return `history ${share} %, up to ${formatInstant(throughMs)}, ${samples} samples${rejects}`;
    }
  }
}

export function migrationSummary({
  inventory,
  alerts,
  alertHistory,
  leftBehind,
  history,
}: Migration): string {
  const lines: string[] = [];
  if (inventory) {
    const { hosts, locations, added, same, elsewhere } = inventory;
    lines.push(
      `inventory: ${counted(hosts, 'host')} in ${counted(locations, 'location')}; ${added} copied, ${same} already there`,
    );
    if (elsewhere.length > 0) {
      lines.push(`already in another location in the target: ${listed(elsewhere, 5)}`);
    }
  }
  if (alerts) {
    const { rules, receivers, silences, same, different, formerDefault } = alerts;
    lines.push(
      `alerts: ${counted(rules, 'rule')}, ${counted(receivers, 'receiver')} and ${counted(silences, 'silence')} copied; ${same} already there`,
    );
    if (different.length > 0) {
      lines.push(`already in the target with other content, not overwritten: ${different.join(', ')}`);
    }
    if (formerDefault !== undefined)
      lines.push(
        `receiver ${formerDefault} is not the default in the target, which already has one: name it in rules, or give it a route`,
      );
  }
  if (alertHistory) lines.push(...alertHistoryLines(alertHistory));
  if (leftBehind) lines.push(...leftBehindLines(leftBehind));
  if (history) lines.push(...historyLines(history));
  return `${lines.join('\n')}\n`;
}

function alertHistoryLines({ entries, left, acknowledgements }: CopiedAlertHistory): string[] {
  const lines = [`history of alerts: ${entries} entries copied`];
  if (left > 0) lines.push(`history of alerts: ${left} entries not copied, as the target has one already`);
  if (acknowledgements > 0)
    lines.push(
      `not copied: ${counted(acknowledgements, 'acknowledgement')}; firing alerts notify as new, acknowledge them again`,
    );
  return lines;
}

/** Tokens and enrolments belong to one installation: the target needs its own. */
function leftBehindLines({ tokens, enrolledHosts }: LeftBehind): string[] {
  const lines: string[] = [];
  if (tokens > 0)
    lines.push(`not copied: ${counted(tokens, 'token')}; create them in the target (minimon tokens create)`);
  if (enrolledHosts > 0)
    lines.push(
      `not copied: the ${enrolledHosts === 1 ? 'enrolment' : 'enrolments'} of ${counted(enrolledHosts, 'host')}; give ${enrolledHosts === 1 ? 'it' : 'them'} a join token of the target (minimon hosts enroll)`,
    );
  return lines;
}

function historyLines(history: CopiedHistory): string[] {
  const { hosts, fromMs, toMs, resumedMs, tooOldMs, rejected, reason, comparison } = history;
  if (hosts === 0) return ['history: no host has reported yet'];
  const lines = [
    `history: ${counted(comparison.samples, 'sample')} in ${comparison.series} series of ${counted(hosts, 'host')}, ${formatInstant(fromMs)} to ${formatInstant(toMs)}`,
  ];
  if (resumedMs !== undefined) lines.push(`copied by an earlier run: all before ${formatInstant(resumedMs)}`);
  if (tooOldMs > 0)
    lines.push(`not copied: ${Math.ceil(tooOldMs / 3_600_000)} h older than the target's retention`);
  if (rejected > 0) lines.push(`rejected by the target: ${counted(rejected, 'sample')}; ${reason}`);
  lines.push(
    comparison.missing === 0
      ? 'verified: the target has at least as many samples of every series on every day'
      : `not verified: ${counted(comparison.missing, 'sample')} missing in the target`,
  );
  for (const { hostId, metric, dayMs, expected, found } of comparison.lacking) {
    lines.push(`  ${hostId} ${metric} on ${formatInstant(dayMs).slice(0, 10)}: ${found} of ${expected}`);
  }
  return lines;
}
