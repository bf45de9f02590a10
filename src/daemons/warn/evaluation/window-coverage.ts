// Which windows of which hosts have been filled from the store, until a rule needs more.
import type { Evaluator } from '../../../domain/alerting/evaluator.ts';
import type { MetricWindow } from '../../../domain/alerting/rule-set.ts';

export function createWindowCoverage(evaluator: Pick<Evaluator, 'windows'>) {
  /** By host: how far back each metric was read for it. */
  const read = new Map<string, Map<string, number>>();
  /** By what was read: for how long each selection of its series was asked for, as of the last call. */
  let asked = new Map<string, MetricWindow['spans']>();
  /** By what was read: another number once rules ask for it again. */
  const turns = new Map<string, number>();

  const turnOf = (key: string): number => turns.get(key) ?? 0;

  /** A window that rules need again is read again: unused windows are not maintained. */
  function forgetOutdated(): void {
    const before = asked;
    asked = new Map(evaluator.windows().map((window) => [keyOf(window), window.spans]));
    const outdated = [...before].flatMap(([key, spans]) => {
      const now = asked.get(key);
      const isCovered = now && [...now].every(([matchers, spanMs]) => (spans.get(matchers) ?? 0) >= spanMs);
      return isCovered ? [] : [key];
    });
    for (const key of outdated) turns.set(key, turnOf(key) + 1);
    for (const done of outdated.length === 0 ? [] : read.values())
      for (const key of outdated) done.delete(key);
  }

  /** Hosts by the windows that are not read yet. */
  function missing(hosts: Iterable<string>): Map<MetricWindow, string[]> {
    const windows = evaluator.windows();
    const found = new Map<MetricWindow, string[]>();
    for (const hostId of hosts) {
      const done = read.get(hostId);
      for (const window of windows) {
        if ((done?.get(keyOf(window)) ?? 0) >= window.spanMs) continue;
        const others = found.get(window);
        if (others) others.push(hostId);
        else found.set(window, [hostId]);
      }
    }
    return found;
  }

  return {
    forgetOutdated,
    missing,
    /** They are read as far back as the window asks. */
    note(window: MetricWindow, hosts: readonly string[]): void {
      for (const hostId of hosts) {
        const done = read.get(hostId) ?? new Map<string, number>();
        read.set(hostId, done.set(keyOf(window), window.spanMs));
      }
    },
    /** Returns whether rules have asked for it again since. */
    watch(window: MetricWindow): () => boolean {
      const turn = turnOf(keyOf(window));
      return () => turn !== turnOf(keyOf(window));
    },
    forget: (hostId: string): void => void read.delete(hostId),
  };
}

const keyOf = ({ metric, of }: MetricWindow): string => `${of} ${metric}`;
