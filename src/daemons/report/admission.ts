// Cardinality limits of report: hosts, series per host, and series in total. New ones over a limit are rejected.
import type { TickLayout } from '../../wire/tick-layout.ts';
import { createSeenSeries, type SeenSeries } from './seen-series.ts';

export type AdmissionLimits = {
  readonly maxHosts: number;
  /** Of all hosts; a host's first {@link OWN_SERIES} are taken whatever the others send. */
  readonly maxSeries: number;
  readonly maxSeriesPerHost: number;
};

export type LimitName = keyof AdmissionLimits;

export type SeriesErrors = readonly (string | undefined)[] | 'none';

export type Admission = {
  /** Why the host is rejected; an admitted host counts from now on. */
  hostError(hostId: string): string | undefined;
  /** Why another source of an admitted host is rejected: the host has too many. */
  sourceError(hostId: string, source: string): string | undefined;
  /** Errors of the series, by their place in the layout: `errors`, and what is over a limit. Of a host that is taken. */
  seriesErrors(hostId: string, layout: TickLayout, errors: SeriesErrors): SeriesErrors;
  /** Whether the refusal of a tick may name its host to others: a host that is made up must not cost a place there. */
  isShown(hostId: string): boolean;
  /** Hosts that are known from before have their places; the list need not be within the limit. */
  addKnown(hostIds: Iterable<string>): void;
  counts(): { readonly hosts: number; readonly series: number };
  /** Samples that were over a limit so far. */
  overLimit(): Readonly<Record<LimitName, number>>;
};

/** A host or series not seen for one to two of these is evicted. */
const GENERATION_MS = 12 * 3_600_000;
/** More than an agent sends: one who invents series must not take those of a host that comes later. */
export const OWN_SERIES = 32;
/**
 * * Limit of other sources per host and generation: consumers of the bus keep state for each. Each job of a
 * Prometheus is one, and a host may have dozens of exporters.
 */
const MAX_SOURCES = 64;
/** How many rejected hosts are published, so that they show up in lists. */
const SHOWN_REFUSED = 100;

type Host = {
  generation: number;
  /** Of the layout of its last tick without an error; 0 for none. The layout itself would be kept in memory. */
  layout: number;
  readonly series: SeenSeries;
  /** Undefined while minimon's agent is the only one. */
  sources: Set<string> | undefined;
};

export function createAdmission(limits: AdmissionLimits, clock: { monotonicMs(): number }): Admission {
  const { maxHosts, maxSeries, maxSeriesPerHost } = limits;
  const hosts = new Map<string, Host>();
  const shownRefused = new Set<string>();
  const over: Record<LimitName, number> = { maxHosts: 0, maxSeries: 0, maxSeriesPerHost: 0 };
  const hashesOf = createHashes();
  let generation = 0;
  let endsMs = clock.monotonicMs() + GENERATION_MS;
  let series = 0;

  function startGeneration(): void {
    endsMs = clock.monotonicMs() + GENERATION_MS;
    generation++;
    shownRefused.clear();
    for (const [hostId, host] of hosts) {
      if (host.generation < generation - 1) {
        series -= host.series.size();
        hosts.delete(hostId);
      }
    }
  }

  /** The host with its series as of this generation. */
  function current(host: Host): Host {
    if (host.generation === generation) return host;
    host.generation = generation;
    series -= host.series.size();
    host.series.age();
    series += host.series.size();
    host.layout = 0;
    host.sources = undefined;
    return host;
  }

  function addHost(hostId: string, since: number): void {
    hosts.set(hostId, { generation: since, layout: 0, series: createSeenSeries(), sources: undefined });
  }

  function errorOf(host: Host, hash: number): string | undefined {
    if (host.series.see(hash)) return undefined;
    const size = host.series.size();
    if (size >= maxSeriesPerHost) {
      over.maxSeriesPerHost++;
      return `series is over the limit of ${maxSeriesPerHost} series a host (report.max_series_per_host)`;
    }
    if (series >= maxSeries && size >= OWN_SERIES) {
      over.maxSeries++;
      return `series is over the limit of ${maxSeries} series in all (report.max_series)`;
    }
    host.series.add(hash);
    series++;
    return undefined;
  }

  return {
    hostError(hostId) {
      if (clock.monotonicMs() >= endsMs) startGeneration();
      const known = hosts.get(hostId);
      if (known) current(known);
      else if (hosts.size < maxHosts) addHost(hostId, generation);
      else {
        over.maxHosts++;
        return `host is over the limit of ${maxHosts} hosts (report.max_hosts)`;
      }
      return undefined;
    },

    sourceError(hostId, source) {
      const host = source === '' ? undefined : hosts.get(hostId);
      if (!host || host.sources?.has(source)) return undefined;
      if (host.sources && host.sources.size >= MAX_SOURCES)
        return `source is over the limit of ${MAX_SOURCES} other agents and jobs of Prometheus a host`;
      host.sources ??= new Set();
      host.sources.add(source);
      return undefined;
    },

    seriesErrors(hostId, layout, errors) {
      const host = hosts.get(hostId);
      const { number, hashes } = hashesOf(layout);
      if (!host || host.layout === number) return errors;
      let found: (string | undefined)[] | undefined;
      for (let i = 0; i < hashes.length; i++) {
        if (errors !== 'none' && errors[i] !== undefined) continue;
        const error = errorOf(host, hashes[i]!);
        if (error === undefined) continue;
        found ??= errors === 'none' ? new Array(hashes.length).fill(undefined) : [...errors];
        found[i] = error;
      }
      if (!found) host.layout = number;
      return found ?? errors;
    },

    isShown(hostId) {
      if (hosts.has(hostId) || shownRefused.has(hostId)) return true;
      if (shownRefused.size >= SHOWN_REFUSED) return false;
      shownRefused.add(hostId);
      return true;
    },

    addKnown(hostIds) {
      // As of the generation before: those that are gone make room at the next one.
      for (const hostId of hostIds) if (!hosts.has(hostId)) addHost(hostId, generation - 1);
    },

    counts: () => ({ hosts: hosts.size, series }),
    overLimit: () => over,
  };
}

type Hashes = { readonly number: number; readonly hashes: Int32Array };

/** Of a layout, with a number of its own. */
function createHashes(): (layout: TickLayout) => Hashes {
  const byLayout = new WeakMap<TickLayout, Hashes>();
  let last = 0;
  return (layout) => {
    let known = byLayout.get(layout);
    if (!known) {
      known = { number: ++last, hashes: Int32Array.from(layout.series, ({ key }) => hashOf(key)) };
      byLayout.set(layout, known);
    }
    return known;
  };
}

/** 30 bits. Two series of a host with one hash count as one, about once in a million hosts. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 13)) >>> 2) & 0x3fffffff;
}
