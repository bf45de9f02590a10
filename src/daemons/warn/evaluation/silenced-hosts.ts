// Hosts that a silence covers as a whole: they do not count in shares of silent hosts.
import { silenceState, silencesHost } from '../../../domain/alerting/alert-matching.ts';
import type { AlertConfiguration } from '../../../domain/alerting/configuration.ts';
import type { Evaluator } from '../../../domain/alerting/evaluator.ts';
import type { Clock } from '../../../runtime/clock.ts';

export type SilencedHosts = {
  /** After the evaluator was given the hosts. */
  configure(configuration: Pick<AlertConfiguration, 'silences' | 'assignments'>): void;
  /** Silences begin and end by wall time. */
  advance(): void;
};

export function createSilencedHosts(
  evaluator: Pick<Evaluator, 'setSilenced'>,
  clock: Pick<Clock, 'nowMs'>,
): SilencedHosts {
  let configuration: Pick<AlertConfiguration, 'silences' | 'assignments'> = { silences: [], assignments: [] };
  let activeIds = '';
  let silenced: ReadonlySet<string> = new Set();

  const activeNow = () =>
    configuration.silences.filter((silence) => silenceState(silence, clock.nowMs()) === 'active');

  function judge(): void {
    const active = activeNow();
    activeIds = active.map(({ id }) => id).join();
    const next = new Set<string>();
    for (const host of active.length === 0 ? [] : configuration.assignments) {
      if (active.some(({ matchers }) => silencesHost(matchers, host))) next.add(host.hostId);
    }
    for (const id of silenced) if (!next.has(id)) evaluator.setSilenced(id, false);
    // All again: a host that was removed and assigned again is new to the evaluator.
    for (const id of next) evaluator.setSilenced(id, true);
    silenced = next;
  }

  return {
    configure(next) {
      configuration = next;
      judge();
    },
    advance() {
      const ids = activeNow()
        .map(({ id }) => id)
        .join();
      if (ids !== activeIds) judge();
    },
  };
}
