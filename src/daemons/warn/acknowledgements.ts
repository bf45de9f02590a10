// Acknowledged alerts: who acknowledged them, with which note; kept over restarts until the alert ends.
import type { AlertView, WarnService } from '../../api/warn.ts';
import type { Acknowledgements } from '../../catalog/acknowledgements.ts';
import { type AlertState, alertName, labelsOf } from '../../domain/alerting/alert.ts';
import { OWN_RULES } from '../../domain/alerting/built-in.ts';
import type { HistoryEntry } from '../../domain/alerting/history.ts';
import { messageOf } from '../../domain/errors.ts';
import { globFits } from '../../domain/expression/matcher.ts';
import { isGlob } from '../../domain/glob.ts';
import { checkRemark } from '../../domain/remark.ts';
import { safeText } from '../../domain/safe-text.ts';
import { ruleUnknown } from '../../domain/unknown-names.ts';
import type { Acknowledgement } from '../../receivers/message.ts';
import { actorOf } from '../../runtime/caller.ts';
import type { Clock } from '../../runtime/clock.ts';
import { createThrottle, type Logger } from '../../runtime/logging.ts';
import { createAcknowledgementRecords } from './acknowledgement-records.ts';
import { about } from './history.ts';

export type AcknowledgementParts = {
  readonly records: Acknowledgements;
  readonly open: () => readonly AlertState[];
  readonly stateOf: (id: string) => AlertState | undefined;
  readonly viewOf: (alert: AlertState) => AlertView;
  /** Names of all rules, to name the nearest. */
  readonly ruleNames: () => readonly string[];
  readonly onAcknowledged?: (entry: HistoryEntry) => void;
  readonly clock: Clock;
  readonly logger: Logger;
};

type Request = Parameters<WarnService['acknowledge']>[0];

export function createAcknowledgements(parts: AcknowledgementParts) {
  const { clock, logger } = parts;
  const kept = createAcknowledgementRecords(parts);
  const mayLog = createThrottle(clock.monotonicMs);
  return {
    of(alert: AlertState): Acknowledgement | undefined {
      const record = kept.of(alert);
      return record && { by: record.by, note: record.note, atMs: record.atMs };
    },

    change: kept.change,
    begin: kept.begin,

    /**
     * Called about once a second. Never rejects. `isTelling`: this warn is active (holds the lease, has caught up) and
     * may write.
     */
    async step(isTelling: boolean): Promise<void> {
      try {
        await kept.refresh();
        if (isTelling) await kept.prune();
      } catch (error) {
        if (mayLog('acknowledgements')) {
          logger.warn(`acknowledgements cannot be read or stored: ${messageOf(error)}`);
        }
      }
    },

    acknowledge: (async (request) => {
      const note = request.undo === true ? '' : checkNote(request.note);
      const firing = parts.open().filter((alert) => alert.state === 'firing' && fits(alert, request));
      if (firing.length === 0) return { alerts: [], hint: hintOf(request, parts) };
      if (request.undo) await kept.read();
      const fitting = request.undo ? firing.filter((alert) => kept.of(alert) !== undefined) : firing;
      if (fitting.length === 0)
        return { alerts: [], hint: `${request.alert} fires, but is not acknowledged` };
      const by = actorOf(request.by);
      const atMs = clock.nowMs();
      const put = fitting.map((alert) => ({
        ...{ alertId: alert.id, by, note, atMs },
        firedMs: alert.firedMs ?? alert.sinceMs,
      }));
      const removedIds = fitting.map(({ id }) => id);
      await kept.save(request.undo ? { put: [], removedIds } : { put, removedIds: [] });
      const kind = request.undo ? 'unacknowledged' : 'acknowledged';
      for (const alert of fitting) {
        parts.onAcknowledged?.({ ...about(alert), atMs, kind, by, ...(note !== '' && { text: note }) });
      }
      logger.info({ by, alerts: fitting.length, undo: request.undo === true }, 'alerts acknowledged');
      return { alerts: fitting.map(parts.viewOf) };
    }) satisfies WarnService['acknowledge'],
  };
}

function fits({ id, rule, subject }: AlertState, { alert, host, location }: Request): boolean {
  const name = alertName(rule, { ...subject, labels: labelsOf(subject) });
  const isNamed = globFits(alert, rule) || alert === id || safeText(name) === safeText(alert);
  const ofHost = host === undefined || (subject.kind === 'host' && globFits(host, subject.host));
  const ofLocation =
    location === undefined || ('location' in subject && globFits(location, subject.location));
  return isNamed && ofHost && ofLocation;
}

/** RULE_UNKNOWN if no rule has this name. */
function hintOf(
  { alert, host, location }: Request,
  parts: Pick<AcknowledgementParts, 'open' | 'ruleNames'>,
): string {
  const rules = [...parts.ruleNames(), ...OWN_RULES];
  const ofRule = parts.open().filter((one) => globFits(alert, one.rule));
  if (ofRule.some(({ state }) => state === 'firing')) {
    const where = [host, location].filter((text) => text !== undefined).join(' in ');
    return `${alert} fires, but not on ${where}`;
  }
  if (ofRule.length > 0) return `${alert} does not fire: it is pending on ${ofRule.length}`;
  if (rules.some((name) => globFits(alert, name))) return `${alert} does not fire now`;
  const isOfRule = rules.some((name) => alert.startsWith(`${name} `) || alert.startsWith(`${name}\u0000`));
  if (isOfRule) return `${alert} does not fire now`;
  if (isGlob(alert)) return 'no rule name matches';
  throw ruleUnknown(alert, rules);
}

const checkNote = (note = ''): string =>
  checkRemark(note, {
    what: 'an acknowledgement needs a note',
    hint: 'Say what you do about it: --note "disk ordered".',
  });
