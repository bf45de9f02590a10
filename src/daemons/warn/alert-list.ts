// The list of open alerts: most severe first, each with the silence that mutes it.
import type { AlertView, WarnService } from '../../api/warn.ts';
import { type AlertState, labelsOf } from '../../domain/alerting/alert.ts';
import type { Silence } from '../../domain/alerting/configuration.ts';
import { severityRank } from '../../domain/expression/syntax.ts';
import { compileGlob } from '../../domain/glob.ts';
import { compareBytes } from '../../domain/names.ts';
import type { Acknowledgement } from '../../receivers/message.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Evaluation } from './evaluation/evaluation.ts';
import type { Notifier } from './notification/notifier.ts';

export type AlertViewParts = {
  readonly notifier: Pick<Notifier, 'silenceOf'>;
  readonly acknowledgementOf: (alert: AlertState) => Acknowledgement | undefined;
};

export type AlertListParts = AlertViewParts & {
  readonly evaluation: () => Pick<Evaluation, 'open'> & { readonly warnings: () => readonly string[] };
  readonly notifier: Pick<Notifier, 'silenceOf' | 'fitting'>;
  readonly clock: Clock;
};

export const createAlertList =
  ({ evaluation, clock, ...parts }: AlertListParts): WarnService['listAlerts'] =>
  async ({ location, rule, pending = false, matchers = [] }) => {
    const { open: openNow, warnings } = evaluation();
    const isRule = rule === undefined ? undefined : compileGlob(rule);
    const isLocation = location === undefined ? undefined : compileGlob(location);
    const open = matchers.length === 0 ? openNow() : parts.notifier.fitting(matchers, openNow());
    return {
      nowMs: clock.nowMs(),
      alerts: open
        .filter((alert) => pending || alert.state === 'firing')
        .map((alert) => viewOf(alert, parts))
        .filter(
          (alert) =>
            (isLocation === undefined || (alert.location !== undefined && isLocation(alert.location))) &&
            (isRule === undefined || isRule(alert.rule)),
        )
        .sort(bySeverity),
      warnings: [...warnings()],
    };
  };

const LOOK_MS = 1_000;

/** Streams the list whenever it changes. */
export const createAlertWatch = (
  list: WarnService['listAlerts'],
  clock: Pick<Clock, 'sleep'>,
): WarnService['watchAlerts'] =>
  async function* watch(request, signal) {
    let sent = '';
    while (!signal.aborted) {
      const answer = await list(request);
      const text = JSON.stringify({ ...answer, nowMs: 0 });
      if (text !== sent) yield answer;
      sent = text;
      await clock.sleep(LOOK_MS, signal).catch(() => {});
    }
  };

export function viewOf(alert: AlertState, { notifier, acknowledgementOf }: AlertViewParts): AlertView {
  const { subject, values, firedMs, noDataSinceMs, ...state } = alert;
  const silence = notifier.silenceOf(alert);
  const acknowledged = acknowledgementOf(alert);
  const { id, rule, severity, expression, sinceMs, evaluatedMs } = state;
  const location = 'location' in subject ? subject.location : undefined;
  const host = subject.kind === 'host' ? subject.host : undefined;
  return {
    ...{ id, rule, severity, expression, sinceMs, evaluatedMs, state: state.state },
    labels: labelsOf(subject),
    ...(location !== undefined && { location }),
    ...(host !== undefined && { host }),
    ...(values[0] !== undefined && { value: values[0] }),
    ...(firedMs !== undefined && { firedMs }),
    ...(noDataSinceMs !== undefined && { noDataSinceMs }),
    ...(silence !== undefined && { silence: silenceView(silence) }),
    ...(acknowledged !== undefined && { acknowledged: { note: '', ...acknowledged } }),
  };
}

const silenceView = ({ id, author, reason, endsMs }: Silence) => ({ id, author, reason, endsMs });

const bySeverity = (a: AlertView, b: AlertView): number =>
  severityRank(b.severity) - severityRank(a.severity) || a.sinceMs - b.sinceMs || compareBytes(a.id, b.id);
