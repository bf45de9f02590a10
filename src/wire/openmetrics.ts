// Samples in the text that Prometheus scrapes: OpenMetrics 1.0, and the older form of it.
import { compareBytes } from '../domain/names.ts';
import { formatValue } from '../domain/promql/format-value.ts';
import { type MetricMetadata, NAME } from '../domain/promql/series-names.ts';
import type { SeriesLabels } from '../domain/promql/values.ts';

export type TextForm = 'openmetrics' | 'prometheus';

export const CONTENT_TYPES: Readonly<Record<TextForm, string>> = {
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
};

/** What stands behind the last family. */
export const ENDS: Readonly<Record<TextForm, string>> = { openmetrics: '# EOF\n', prometheus: '' };

export type TextSample = {
  readonly labels: SeriesLabels;
  readonly timeMs: number;
  readonly value: number;
};

/**
 * The lines above a metric's samples, which have to stand together. A counter is said to be of unknown type: OpenMetrics wants
 * to know since when it counts. A unit is not written either: there it must end the name.
 */
export function familyText(
  name: string,
  { type, help }: Pick<MetricMetadata, 'type' | 'help'>,
  form: TextForm,
): string {
  const known = type === 'gauge' ? 'gauge' : form === 'openmetrics' ? 'unknown' : 'untyped';
  const text = form === 'openmetrics' ? escaped(help) : help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return `${help === '' ? '' : `# HELP ${name} ${text}\n`}# TYPE ${name} ${known}\n`;
}

export function sampleText({ labels, timeMs, value }: TextSample, form: TextForm): string {
  const time = form === 'openmetrics' ? timeMs / 1_000 : timeMs;
  const pairs = Object.keys(labels)
    .filter((name) => name !== NAME)
    .sort(compareBytes)
    .map((name) => `${name}="${escaped(labels[name]!)}"`);
  return `${labels[NAME]}{${pairs.join(',')}} ${formatValue(value)} ${time}\n`;
}

const escaped = (text: string): string =>
  /[\\"\n]/.test(text) ? text.replace(/[\\"\n]/g, (one) => (one === '\n' ? '\\n' : `\\${one}`)) : text;
