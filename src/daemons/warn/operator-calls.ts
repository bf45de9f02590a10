// Operator calls about alerts: open alerts, history, acknowledgements.
import type { WarnService } from '../../api/warn.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import type { AlertState, Change } from '../../domain/alerting/alert.ts';
import type { Acknowledgement } from '../../receivers/message.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logging.ts';
import { createAcknowledgements } from './acknowledgements.ts';
import { createAlertList, createAlertWatch, viewOf } from './alert-list.ts';
import type { Evaluation } from './evaluation/evaluation.ts';
import { createExplain } from './explain.ts';
import { createHistory, type Waiting } from './history.ts';
import type { Delivery, Notifier } from './notification/notifier.ts';
import { createRuleHealthList } from './rule-health-list.ts';

export type OperatorCallParts = {
  readonly evaluation: () => Pick<Evaluation, 'open' | 'stateOf' | 'ruleHealth' | 'evaluator'> & {
    readonly warnings: () => readonly string[];
  };
  readonly notifier: Pick<
    Notifier,
    'silenceOf' | 'silenced' | 'fitting' | 'configuration' | 'routesOf' | 'standings' | 'owedEnds'
  >;
  readonly catalog: Pick<Catalog, 'acknowledgements' | 'alertHistory'>;
  readonly clock: Clock;
  readonly logger: Logger;
};

export type OperatorCalls = {
  /** Entries of the warn service. */
  readonly entries: Pick<
    WarnService,
    'listAlerts' | 'watchAlerts' | 'listRuleHealth' | 'acknowledge' | 'listHistory' | 'explain'
  >;
  acknowledgementOf(alert: AlertState): Acknowledgement | undefined;
  /** Every change of an alert, in order. `isTelling`: this warn is active and notifies receivers. */
  change(change: Change, isTelling: boolean): void;
  delivery(delivery: Delivery): void;
  /** What happened, to be stored with the states that came of it. */
  takeHistory(): Waiting;
  /** Once what was open before is restored. */
  begin(): void;
  /** Once before the first message, and then about once a second. `isTelling`: this warn knows all that is open. */
  step(isTelling: boolean): Promise<void>;
};

export function createOperatorCalls(parts: OperatorCallParts): OperatorCalls {
  const { evaluation, notifier, catalog, clock, logger } = parts;
  const views = { notifier, acknowledgementOf: (alert: AlertState) => acknowledgements.of(alert) };
  const acknowledgements = createAcknowledgements({
    records: catalog.acknowledgements,
    open: () => evaluation().open(),
    stateOf: (id) => evaluation().stateOf(id),
    viewOf: (alert) => viewOf(alert, views),
    ruleNames: () => notifier.configuration().rules.map(({ name }) => name),
    onAcknowledged: (entry) => history.note(entry),
    clock,
    logger,
  });
  const history = createHistory({
    records: catalog.alertHistory,
    stateOf: (id) => evaluation().stateOf(id),
    silenced: notifier.silenced,
    clock,
    logger,
  });
  const listAlerts = createAlertList({ ...views, evaluation, notifier, clock });
  return {
    entries: {
      listAlerts,
      watchAlerts: createAlertWatch(listAlerts, clock),
      listRuleHealth: createRuleHealthList({ evaluation, configuration: notifier.configuration, clock }),
      acknowledge: acknowledgements.acknowledge,
      listHistory: history.listHistory,
      explain: createExplain({
        ...views,
        notifier,
        evaluator: () => evaluation().evaluator,
        open: () => evaluation().open(),
        warnings: () => evaluation().warnings(),
        listHistory: history.listHistory,
        clock,
      }),
    },
    acknowledgementOf: acknowledgements.of,
    change(change, isTelling) {
      acknowledgements.change(change);
      if (isTelling) history.change(change);
    },
    begin: acknowledgements.begin,
    delivery: history.delivery,
    takeHistory: history.take,
    async step(isTelling) {
      await acknowledgements.step(isTelling);
      await history.step(isTelling);
    },
  };
}
