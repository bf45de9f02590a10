// units.failed and unit.failed{unit}: systemd's failed units, asked for once a minute beside the ticks.
import type { CommandResult } from '../run-command.ts';
import type { Collector } from './collector.ts';
import { labelValue } from './filters.ts';

export type FailedUnitsParts = {
  /** Runs systemctl with a time limit. */
  readonly list: (signal: AbortSignal) => Promise<CommandResult>;
};

export const LIST_FAILED_UNITS = [
  'systemctl',
  'list-units',
  '--state=failed',
  '--all',
  '--plain',
  '--no-legend',
  '--no-pager',
  '--full',
] as const;

export const SYSTEMCTL_LIMITS = { timeoutMs: 5_000, maxBytes: 262_144 } as const;
/** A fork and a list of all units: too much for each tick of a second. */
const EVERY_MS = 60_000;
const STALE_MS = 3 * EVERY_MS;
const MAX_NAMED = 20;

export function createFailedUnitsCollector({ list }: FailedUnitsParts): Collector {
  const ending = new AbortController();
  let askedMs = Number.NEGATIVE_INFINITY;
  let asking = false;
  let last: (CommandResult & { readonly atMs: number }) | undefined;

  async function ask(atMs: number): Promise<void> {
    asking = true;
    askedMs = atMs;
    const result = await list(ending.signal);
    last = { ...result, atMs };
    asking = false;
  }

  return {
    name: 'failed units',
    async collect(round) {
      if (!asking && round.atMs - askedMs >= EVERY_MS - 500) {
        const asked = ask(round.atMs);
        // Only the first tick waits: later ones have the answer of the minute before.
        if (!last) await asked;
      }
      if (!last || ending.signal.aborted) return;
      const { exitCode, why, stdout, atMs } = last;
      if (round.atMs - atMs > STALE_MS) round.omit('units.failed', 'systemctl timed out');
      else if (exitCode !== 0) round.omit('units.failed', `systemctl: ${why ?? `exit code ${exitCode}`}`);
      else {
        const units = parseUnits(stdout);
        round.add('units.failed', units.length);
        for (const unit of units.slice(0, MAX_NAMED)) round.add('unit.failed', 1, { unit: labelValue(unit) });
        if (units.length > MAX_NAMED) round.omit('unit.failed', `only ${MAX_NAMED} failed units are named`);
      }
    },
    forget() {},
    close() {
      ending.abort(new Error('the agent is stopping'));
    },
  };
}

/** First words; older systemds draw a dot before them in spite of --plain. */
const parseUnits = (text: string): string[] =>
  text.split('\n').flatMap((line) => line.replace(/^[\s●*]+/, '').split(/\s+/)[0] || []);
