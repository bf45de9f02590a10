// One tick as a table of its samples, or as data.
import { formatInstant } from '../domain/instant.ts';
import { metricKind, unitOf } from '../domain/metric-kinds.ts';
import { safeText } from '../domain/safe-text.ts';
import type { Sample, Tick } from '../domain/tick.ts';
import { formatValue } from '../domain/units.ts';
import { type Column, type JsonValue, type RenderOptions, renderData, renderListing } from './output.ts';

const COLUMNS: readonly Column<Sample>[] = [
  { key: 'metric', title: 'METRIC', value: (sample) => sample.metric },
  {
    key: 'labels',
    title: 'OF',
    min: 6,
    value: (sample) => sample.labels as JsonValue,
    cell: (sample) => Object.values(sample.labels).join(' '),
  },
  {
    key: 'value',
    title: 'VALUE',
    align: 'right',
    value: (sample) => sample.value,
    cell: (sample, screen) =>
      screen.isTTY ? formatValue(sample.value, unitOf(sample.metric)) : JSON.stringify(sample.value),
  },
  { key: 'means', title: 'MEANING', min: 10, drop: 1, value: (sample) => metricKind(sample.metric)?.means },
];

export function renderTick(tick: Tick, options: RenderOptions): string {
  if (options.format === 'json' || options.format === 'yaml') return renderData(tickObject(tick), options);
  const head = options.screen.isTTY ? `${safeText(tick.hostId)}  ${formatInstant(tick.timeMs)}\n\n` : '';
  return (
    head +
    renderListing(
      { columns: COLUMNS, rows: tick.samples, name: (sample) => sample.metric, empty: 'No samples.' },
      options,
    )
  );
}

const tickObject = (tick: Tick): JsonValue => ({
  host_id: tick.hostId,
  time_at: formatInstant(tick.timeMs),
  interval_ms: tick.intervalMs,
  machine_id: tick.machineId,
  boot_id: tick.bootId,
  agent_version: tick.agentVersion,
  facts: { ...tick.facts },
  samples: tick.samples.map(({ metric, labels, value }) => ({ metric, labels: { ...labels }, value })),
});
