// A cache of the reporting hosts from analyze: read page by page, fresh for two seconds, stale while analyze is down.

import type { AnalyzeService, ReportingHosts } from '../../api/analyze.ts';
import { messageOf } from '../../domain/errors.ts';
import { formatInstant } from '../../domain/instant.ts';
import { machineIdOf } from '../../domain/machine-copies.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logging.ts';
import type { StoredHost } from '../../store/store.ts';
import { type Answered, createAnswerCache } from '../answer-cache.ts';
import { readReportingHosts } from '../reporting-pages.ts';

const FRESH_MS = 2_000;

export type ReportingView = {
  /** Every host the store knows within retention. */
  readonly hosts: ReadonlyMap<string, StoredHost>;
  /** Their ids in byte order. */
  readonly ids: readonly string[];
  readonly byMachine: ReadonlyMap<string, readonly StoredHost[]>;
  readonly watermarks: ReportingHosts['watermarks'];
  /** How far the stream was consumed, by report's clock; undefined when it is not known. */
  readonly streamMs: number | undefined;
  /** Set while analyze does not answer: a sentence for the reader. `hosts` is then its last answer. */
  readonly warning?: string;
  /** Analyze answered at least once. */
  readonly known: boolean;
};

const NOTHING: ReportingView = {
  hosts: new Map(),
  ids: [],
  byMachine: new Map(),
  watermarks: [],
  streamMs: undefined,
  known: false,
};

export type ReportingHostsCache = {
  /** Never rejects. A fresh answer for which `has` is false is asked for once more: a host may just have reported. */
  current(has?: (view: ReportingView) => boolean): Promise<ReportingView>;
  /** Why analyze does not answer, as of the last attempt. */
  lastError(): string | undefined;
};

export function createReportingHosts(parts: {
  readonly analyze: Pick<AnalyzeService, 'listReportingHosts'>;
  readonly clock: Clock;
  readonly logger: Logger;
}): ReportingHostsCache {
  const reporting = createAnswerCache({
    ...parts,
    freshMs: FRESH_MS,
    warning: 'analyze does not answer; host states are unknown',
    load: async () => viewOf(await readReportingHosts(parts.analyze)),
  });

  return {
    async current(has) {
      const answered = await reporting.current(has);
      const { value = NOTHING } = answered;
      const warning = warningOf(answered);
      return warning === undefined ? value : { ...value, streamMs: undefined, warning };
    },
    lastError: () => warningOf(reporting.last()),
  };
}

function warningOf({ error, asOfMs }: Answered<ReportingView>): string | undefined {
  if (error === undefined) return undefined;
  const asOf = asOfMs === undefined ? '' : `, and other data is as of ${formatInstant(asOfMs)}`;
  return `analyze does not answer (${messageOf(error)}): host states are unknown${asOf}`;
}

function viewOf(answer: ReportingHosts): ReportingView {
  const byMachine = new Map<string, StoredHost[]>();
  for (const host of answer.hosts) {
    for (const machineId of new Set(host.machines.map((machine) => machineIdOf(machine.machineId)))) {
      if (machineId === '') continue;
      const twins = byMachine.get(machineId);
      if (twins) twins.push(host);
      else byMachine.set(machineId, [host]);
    }
  }
  const watermarks = answer.watermarks.map((mark) => mark.receivedMs);
  return {
    hosts: new Map(answer.hosts.map((host) => [host.hostId, host])),
    ids: answer.hosts.map((host) => host.hostId),
    byMachine,
    watermarks: answer.watermarks,
    // The slowest partition decides: its hosts are the ones that would be called silent wrongly.
    streamMs: watermarks.length === 0 ? undefined : Math.min(...watermarks),
    known: true,
  };
}

export const warningsOf = (view: ReportingView): readonly string[] => (view.warning ? [view.warning] : []);
