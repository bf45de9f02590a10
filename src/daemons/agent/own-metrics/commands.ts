// Custom metrics from commands such as Nagios plugins: run in the background, their latest results are added to each
// tick.
import { seriesKey } from '../../../domain/tick.ts';
import { withTimeout } from '../../../runtime/timeout.ts';
import type { Collector, Round } from '../collectors/collector.ts';
import { type CommandResult, runCommand } from '../run-command.ts';
import { ownSeries } from './names.ts';
import { parsePerfdata } from './perfdata.ts';

export type OwnCommand = {
  /** First part of the metrics' names. */
  readonly name: string;
  readonly command: readonly string[];
  readonly timeoutMs: number;
  readonly intervalMs: number;
};

export type CommandsOptions = {
  readonly commands: readonly OwnCommand[];
  /** How long a round waits for what it started; what takes longer is in a later tick. */
  readonly waitMs: number;
  readonly monotonicMs: () => number;
};

const MAX_OUTPUT_BYTES = 65_536;
const MAX_VALUES = 100;
const AT_ONCE = 4;
/** Rounds come a little early and late. */
const EARLY_MS = 500;
/** What plugins may end with: OK, WARNING, CRITICAL, UNKNOWN. */
const UNKNOWN = 3;

type Finished = CommandResult & { readonly atMs: number; readonly tookMs: number };
type State = {
  readonly own: OwnCommand;
  dueMs: number;
  running: Promise<void> | undefined;
  last?: Finished;
  before?: Finished;
};

export function createCommandsCollector({ commands, waitMs, monotonicMs }: CommandsOptions): Collector {
  const ending = new AbortController();
  const states = commands.map((own): State => ({ own, dueMs: Number.NEGATIVE_INFINITY, running: undefined }));
  const queue: (() => void)[] = [];
  let running = 0;

  async function run(state: State, atMs: number): Promise<void> {
    if (running >= AT_ONCE) await new Promise<void>((resolve) => queue.push(resolve));
    else running += 1;
    const { command, timeoutMs } = state.own;
    const beganMs = monotonicMs();
    const result = await runCommand(command, {
      timeoutMs,
      maxBytes: MAX_OUTPUT_BYTES,
      signal: ending.signal,
    });
    const tookMs = monotonicMs() - beganMs;
    // The place goes on to the next.
    const next = queue.shift();
    if (next) next();
    else running -= 1;
    if (ending.signal.aborted) return;
    if (state.last) state.before = state.last;
    state.last = { ...result, atMs, tookMs };
  }

  /** Those that began now; one that hangs from an earlier round is not waited for. */
  function startDue({ atMs }: Round): Promise<void>[] {
    return states.flatMap((state) => {
      if (state.running || atMs < state.dueMs - EARLY_MS) return [];
      state.dueMs = atMs + state.own.intervalMs;
      state.running = run(state, atMs).finally(() => {
        state.running = undefined;
      });
      return state.running;
    });
  }

  return {
    name: 'commands',
    async collect(round) {
      const started = startDue(round);
      if (started.length > 0) await withTimeout(waitMs, Promise.allSettled(started));
      for (const state of states) addResults(state, round);
    },
    /** A counter of before the reboot is none to compare with. */
    forget() {
      for (const state of states) delete state.before;
    },
    close() {
      ending.abort(new Error('the agent is stopping'));
      for (const waiting of queue.splice(0)) waiting();
    },
  };
}

function addResults({ own, last, before }: State, round: Round): void {
  if (!last) return;
  const { name, intervalMs, timeoutMs } = own;
  const what = `command ${name}`;
  // It hangs, or waits for others that do: what it said once is not so any more.
  if (round.atMs - last.atMs > 2 * intervalMs + timeoutMs) {
    round.omit(what, 'its last result is too old; it has not ended since');
    return;
  }
  const status = statusOf(last);
  if (status.why) round.omit(what, status.why);
  round.add(`${name}.status`, status.code);
  round.add(`${name}.duration`, Math.round(last.tookMs) / 1_000);
  if (last.cut) round.omit(what, `its output is over ${MAX_OUTPUT_BYTES} bytes; the rest was not read`);
  const { values, bad } = parsePerfdata(last.stdout);
  for (const text of bad.slice(0, 10))
    round.omit(what, `its perfdata ${JSON.stringify(text.slice(0, 60))} is not understood`);
  if (values.length > MAX_VALUES)
    round.omit(what, `it has ${values.length} values of perfdata; only ${MAX_VALUES} are taken`);
  const earlier = before && new Map(parsePerfdata(before.stdout).values.map((one) => [one.label, one.value]));
  const seen = new Set<string>();
  for (const { label, value, counter } of values.slice(0, MAX_VALUES)) {
    const series = ownSeries(`${name}.perfdata`, { item: label });
    if ('why' in series) {
      round.omit(`${what} ${label}`, series.why);
      continue;
    }
    const key = seriesKey(series.metric, series.labels);
    const rate = counter ? rateOf(value, earlier?.get(label), last.atMs - (before?.atMs ?? 0)) : value;
    if (seen.has(key)) round.omit(`${what} ${label}`, 'it is in the perfdata twice');
    else if (rate !== undefined) round.add(series.metric, rate, series.labels);
    seen.add(key);
  }
}

function statusOf({ exitCode, why }: CommandResult): { readonly code: number; readonly why?: string } {
  if (exitCode === undefined) return { code: UNKNOWN, ...(why !== undefined && { why }) };
  if (exitCode >= 0 && exitCode <= UNKNOWN) return { code: exitCode };
  const hint = exitCode === 126 || exitCode === 127 ? ' (not found or not executable)' : '';
  return { code: UNKNOWN, why: `it ended with ${exitCode}${hint}, which is not a plugin status (0 to 3)` };
}

function rateOf(now: number, before: number | undefined, elapsedMs: number): number | undefined {
  if (before === undefined || elapsedMs <= 0 || now < before) return undefined;
  return Math.round(((now - before) * 1_000_000) / elapsedMs) / 1_000;
}
