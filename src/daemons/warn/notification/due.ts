// What to send to an account, and when: its alerts compared with what was sent; silences, repeats, retries.
import type { AlertState } from '../../../domain/alerting/alert.ts';
import { FLEET_SILENT } from '../../../domain/alerting/built-in.ts';
import type { ReceiverSetup } from '../../../domain/alerting/configuration.ts';
import type { Acknowledgement } from '../../../receivers/message.ts';
import type { Pace } from '../../../receivers/receiver.ts';
import type { Clock } from '../../../runtime/clock.ts';
import { type Account, settleAccount } from './account.ts';
import { nextSlotMs, repeatAfterMs, tellNow } from './decision.ts';
import type { Due } from './group-message.ts';
import type { Judgements } from './judgements.ts';
import type { OpenReceivers } from './open-receivers.ts';
import { isActive } from './routing.ts';

export type DuesParts = {
  readonly clock: Clock;
  readonly receivers: OpenReceivers;
  readonly judgements: Judgements;
  readonly stateOf: (id: string) => AlertState | undefined;
  readonly acknowledgementOf: (alert: AlertState) => Acknowledgement | undefined;
  /** Made by the notifier itself. */
  readonly isOwn: (alert: AlertState) => boolean;
  /** Of a wide rule, which is sent as one line. */
  readonly isWideMember: (alert: AlertState) => boolean;
  readonly onChanged: (account: Account) => void;
};

/** An alert that the fleet alert reports: its own group does not send it. */
export const isInsideFleet = ({ inside }: AlertState): boolean => inside === FLEET_SILENT.definition.name;

/** Monotonic, where nothing is due yet. */
export type DueOrWhen = { readonly due: Due } | { readonly nextMs: number };

export function createDues(parts: DuesParts) {
  const { clock, receivers, judgements, onChanged } = parts;

  /** `routed`: what fires in the group and goes to the account, or was told to it. Undefined while it cannot be told. */
  function dueOf(account: Account, routed: readonly AlertState[]): DueOrWhen | undefined {
    const open = receivers.get(account.receiver);
    if (open?.receiver === undefined) return undefined;
    const nowMs = clock.monotonicMs();
    const { pace } = open.receiver;
    const { loud, over } = heardBy(account, routed, open.setup);
    // Without firing alerts nothing repeats, so no wake-up is scheduled.
    const mayRepeat =
      loud.length > 0 &&
      (pace.resendEveryMs !== undefined ||
        loud.some(
          (alert) => alert.noDataSinceMs === undefined && parts.acknowledgementOf(alert) === undefined,
        ));
    const repeatMs = mayRepeat ? repeatMsOf(account, pace) : Number.POSITIVE_INFINITY;
    const reason = tellNow({
      told: new Map([...account.told.values()].map(({ id, severity }) => [id, severity])),
      firing: new Map(loud.map(({ id, severity }) => [id, severity])),
      over: new Map(over.map(({ alert, kind }) => [alert.id, kind])),
      inside: insideOf(loud),
      repeatDue: nowMs >= repeatMs,
      recap: [...account.silenced.keys()].some(
        (id) => loud.some((alert) => alert.id === id) || over.some(({ alert }) => alert.id === id),
      ),
    });
    if (reason === undefined) {
      account.slotMs = undefined;
      forgetOwed(account);
      return { nextMs: repeatMs };
    }
    // Set once: a timer that fires a little late must not find the next slot instead of its own.
    if (reason !== 'repeat')
      account.slotMs ??= nextSlotMs(
        account,
        wasGathered(account, loud) ? account.gatherUntilMs! : nowMs,
        pace,
      );
    const slotMs = reason === 'repeat' ? nowMs : account.slotMs!;
    const atMs = Math.max(slotMs, account.owed?.nextMs ?? nowMs);
    return atMs > nowMs ? { nextMs: atMs } : { due: { account, reason, firing: loud, over } };
  }

  /** The alerts to send now; silenced ones are recorded for the recap. */
  function heardBy(account: Account, routed: readonly AlertState[], setup: ReceiverSetup) {
    const isLoud = (alert: AlertState): boolean => {
      const untilMs = judgements.silencedUntilMs(alert);
      if (untilMs === undefined) return true;
      if (account.silenced.get(alert.id) !== untilMs) {
        account.silenced.set(alert.id, untilMs);
        onChanged(account);
      }
      return false;
    };
    return {
      loud: routed
        .filter((alert) => !account.over.has(alert.id) && isFor(account, alert, setup))
        .filter(isLoud)
        .map((alert) => parts.stateOf(alert.id) ?? alert),
      over: [...account.over.values()].filter(({ alert }) => isLoud(alert)),
    };
  }

  /** The grouping interval is not stored: after a restart alerts that were waiting for it are sent at once. */
  function wasGathered({ gatherUntilMs, told }: Account, loud: readonly AlertState[]): boolean {
    if (gatherUntilMs === undefined || gatherUntilMs > clock.monotonicMs()) return false;
    const untilWallMs = gatherUntilMs + clock.nowMs() - clock.monotonicMs();
    return loud.some(({ id, firedMs, sinceMs }) => !told.has(id) && (firedMs ?? sinceMs) <= untilWallMs);
  }

  function repeatMsOf(account: Account, pace: Pace): number {
    const { key, repeat, lastMs } = account;
    if (lastMs === undefined) return Number.POSITIVE_INFINITY;
    const lastWallMs = lastMs + clock.nowMs() - clock.monotonicMs();
    return lastMs + repeatAfterMs(key + repeat, pace, lastWallMs);
  }

  /**
   * Recipients of a sent alert stay until it ends; alerts of a wide rule or a silent fleet are reported by another
   * alert.
   */
  function isFor(account: Account, alert: AlertState, setup: ReceiverSetup): boolean {
    if (account.told.has(alert.id)) {
      const byRoute = !parts.isOwn(alert) && (judgements.ruleOf(alert)?.notify.length ?? 0) === 0;
      return !byRoute || setup.isDefault || isActive(setup, clock.nowMs());
    }
    if (parts.isWideMember(alert)) return false;
    return !isInsideFleet(parts.stateOf(alert.id) ?? alert);
  }

  /** A message that did not arrive, and of which nothing is true for this account any more. */
  function forgetOwed(account: Account): void {
    if (account.owed === undefined || account.owed.mayHaveArrived) return;
    account.owed = undefined;
    account.refused = undefined;
    settleAccount(account);
    onChanged(account);
  }

  return { dueOf };
}

/** Host alerts that an alert of their location reports: the hosts of a dark room. */
function insideOf(firing: readonly AlertState[]): Set<string> {
  const rules = new Set(firing.flatMap(({ rule, subject }) => (subject.kind === 'location' ? [rule] : [])));
  return new Set(firing.flatMap(({ id, inside }) => (inside !== undefined && rules.has(inside) ? [id] : [])));
}
