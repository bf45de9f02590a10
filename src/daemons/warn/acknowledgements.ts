// Acknowledged alerts: who has seen an alert and what they wrote, from the call until the alert ends, over restarts.
import type { AlertView, WarnService } from '../../api/warn.ts';
import type { AcknowledgementRecord, Acknowledgements } from '../../catalog/acknowledgements.ts';
import { type AlertState, alertName, type Change, labelsOf } from '../../domain/alerting/alert.ts';
import { OWN_RULES } from '../../domain/alerting/built-in.ts';
import type { HistoryEntry } from '../../domain/alerting/history.ts';
import { didYouMean } from '../../domain/did-you-mean.ts';
import { ExpectedError, messageOf } from '../../domain/errors.ts';
import { globFits } from '../../domain/expression/matcher.ts';
import { quoted } from '../../domain/expression/syntax.ts';
import { isGlob } from '../../domain/glob.ts';
import { safeText } from '../../domain/safe-text.ts';
import type { Acknowledgement } from '../../receivers/message.ts';
import { actorOf } from '../../runtime/caller.ts';
import type { Clock } from '../../runtime/clock.ts';
import { createThrottle, type Logger } from '../../runtime/logging.ts';
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

/** Another warn may have been asked. */
const READ_EVERY_MS = 5_000;
/** Two warns may judge the same alert to have fired at slightly different times. */
const SAME_FIRING_MS = 60_000;
const MAX_NOTE_CHARS = 1_000;

type Request = Parameters<WarnService['acknowledge']>[0];

export function createAcknowledgements(parts: AcknowledgementParts) {
  const { records, clock, logger } = parts;
  const mayLog = createThrottle(60_000, clock.monotonicMs);
  let known = new Map<string, AcknowledgementRecord>();
  /** Of alerts that ended: still in the catalog. */
  const over = new Set<string>();
  let readMs = Number.NEGATIVE_INFINITY;
  /** Of this warn, begun or ended: another number when one of them was. */
  let writes = 0;

  const recordOf = (alert: AlertState): AcknowledgementRecord | undefined => {
    const record = known.get(alert.id);
    if (record === undefined || over.has(alert.id) || alert.firedMs === undefined) return undefined;
    return alert.firedMs <= record.firedMs + SAME_FIRING_MS ? record : undefined;
  };

  async function read(): Promise<void> {
    let list: readonly AcknowledgementRecord[];
    let writesBefore: number;
    // What is written meanwhile may not be in the list.
    do {
      writesBefore = writes;
      list = await records.list();
    } while (writesBefore !== writes);
    const before = known;
    known = new Map(list.map((record) => [record.alertId, record]));
    // Gone with the alert that ended; one that is there again is of a later firing, which another warn was told of.
    for (const id of over) if (before.get(id)?.firedMs !== known.get(id)?.firedMs) over.delete(id);
    readMs = clock.monotonicMs();
  }

  async function save(changes: Parameters<Acknowledgements['save']>[0]): Promise<void> {
    writes++;
    await records.save(changes).finally(() => writes++);
  }

  const outdatedIds = (): string[] =>
    [...known.keys()].filter((id) => {
      const alert = parts.stateOf(id);
      return over.has(id) || alert === undefined || recordOf(alert) === undefined;
    });

  /** What belongs to no alert any more; only a warn that knows all that is open may say so. */
  async function prune(): Promise<void> {
    if (outdatedIds().length === 0) return;
    // Another warn may have been asked meanwhile: of a later firing.
    await read();
    const removedIds = outdatedIds();
    if (removedIds.length > 0) await save({ put: [], removedIds });
    for (const id of removedIds) {
      known.delete(id);
      over.delete(id);
    }
  }

  return {
    of(alert: AlertState): Acknowledgement | undefined {
      const record = recordOf(alert);
      return record && { by: record.by, note: record.note, atMs: record.atMs };
    },

    /** An alert that ends takes its acknowledgement with it. */
    change({ kind, alert }: Change): void {
      if ((kind === 'resolved' || kind === 'ended') && known.has(alert.id)) over.add(alert.id);
    },

    /** What was open before is restored: the acknowledgement of an alert that is not is of no later firing. */
    begin(): void {
      for (const id of known.keys()) if (parts.stateOf(id) === undefined) over.add(id);
    },

    /** About once a second. Never rejects. `isTelling`: this warn knows all that is open, and may write. */
    async step(isTelling: boolean): Promise<void> {
      try {
        if (clock.monotonicMs() - readMs >= READ_EVERY_MS) await read();
        if (isTelling) await prune();
      } catch (error) {
        if (mayLog('acknowledgements')) {
          logger.warn(`acknowledgements cannot be read or stored: ${messageOf(error)}`);
        }
      }
    },

    acknowledge: (async (request) => {
      const note = request.undo === true ? '' : checkNote(request.note);
      const firing = parts.open().filter((alert) => alert.state === 'firing' && fits(alert, request));
      if (firing.length === 0) return { alerts: [], hint: hintOf(request) };
      if (request.undo) await read();
      const fitting = request.undo ? firing.filter((alert) => recordOf(alert) !== undefined) : firing;
      if (fitting.length === 0)
        return { alerts: [], hint: `${request.alert} fires, but is not acknowledged` };
      const by = actorOf(request.by);
      const atMs = clock.nowMs();
      const put = fitting.map((alert) => ({
        ...{ alertId: alert.id, by, note, atMs },
        firedMs: alert.firedMs ?? alert.sinceMs,
      }));
      const ids = fitting.map(({ id }) => id);
      await save(request.undo ? { put: [], removedIds: ids } : { put, removedIds: [] });
      for (const id of ids) {
        over.delete(id);
        known.delete(id);
      }
      if (!request.undo) for (const record of put) known.set(record.alertId, record);
      const kind = request.undo ? 'unacknowledged' : 'acknowledged';
      for (const alert of fitting) {
        parts.onAcknowledged?.({ ...about(alert), atMs, kind, by, ...(note !== '' && { text: note }) });
      }
      logger.info({ by, alerts: ids.length, undo: request.undo === true }, 'alerts acknowledged');
      return { alerts: fitting.map(parts.viewOf) };
    }) satisfies WarnService['acknowledge'],
  };

  /** RULE_UNKNOWN where it is the name of no rule. */
  function hintOf({ alert, host, location }: Request): string {
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
    if (isGlob(alert)) return 'no rule has such a name';
    throw new ExpectedError('RULE_UNKNOWN', `no rule ${quoted(alert)}`, {
      hint: didYouMean(alert, rules, 'minimon alerts firing shows what fires.'),
    });
  }
}

function fits({ id, rule, subject }: AlertState, { alert, host, location }: Request): boolean {
  const name = alertName(rule, { ...subject, labels: labelsOf(subject) });
  const isNamed = globFits(alert, rule) || alert === id || safeText(name) === safeText(alert);
  const ofHost = host === undefined || (subject.kind === 'host' && globFits(host, subject.host));
  const ofLocation =
    location === undefined || ('location' in subject && globFits(location, subject.location));
  return isNamed && ofHost && ofLocation;
}

function checkNote(note = ''): string {
  const text = note.trim();
  if (text === '') {
    throw new ExpectedError('USAGE', 'an acknowledgement needs a note', {
      hint: 'Say what you do about it: --note "disk ordered".',
    });
  }
  if (text.length > MAX_NOTE_CHARS) {
    throw new ExpectedError('USAGE', `the note is longer than ${MAX_NOTE_CHARS} characters`);
  }
  return text;
}
