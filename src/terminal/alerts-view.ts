// Open alerts as a list.
import type { AlertView } from '../api/warn.ts';
import { alertName } from '../domain/alerting/alert.ts';
import { counted } from '../domain/counting.ts';
import { parseExpression } from '../domain/expression/parser.ts';
import { formatInstant } from '../domain/instant.ts';
import { metricKind } from '../domain/metric-kinds.ts';
import { formatValue } from '../domain/units.ts';
import type { Column, Listing } from './output.ts';
import { timeCell } from './relative-time.ts';
import type { Color } from './screen.ts';

const SEVERITY_COLORS: Readonly<Record<AlertView['severity'], Color>> = {
  critical: 'red',
  warning: 'yellow',
  info: 'gray',
};
export const severityColor = (severity: AlertView['severity']): Color => SEVERITY_COLORS[severity];

const ALERT_COLUMNS: readonly Column<AlertView>[] = [
  {
    key: 'severity',
    title: 'SEVERITY',
    value: ({ severity }) => severity,
    // A pending alert must not look like a firing one.
    cell: ({ severity, state }) =>
      state === 'pending'
        ? { text: 'pending', color: 'gray' }
        : { text: severity, color: SEVERITY_COLORS[severity] },
  },
  { key: 'rule', title: 'RULE', min: 12, value: ({ rule }) => rule },
  { key: 'location', title: 'LOCATION', drop: 1, value: ({ location }) => location },
  { key: 'host', title: 'HOST', min: 10, value: ({ host }) => host },
  {
    key: 'labels',
    title: 'LABELS',
    drop: 5,
    value: ({ labels }) => labels,
  },
  {
    key: 'value',
    title: 'VALUE',
    align: 'right',
    drop: 2,
    value: ({ value }) => value,
    cell: ({ value, expression }, screen) => {
      if (value === undefined) return '-';
      return screen.isTTY ? alertValue(value, expression) : String(value);
    },
  },
  { key: 'expression', title: 'EXPRESSION', drop: 4, min: 16, value: ({ expression }) => expression },
  {
    key: 'since_at',
    title: 'SINCE',
    drop: 3,
    value: ({ sinceMs }) => formatInstant(sinceMs),
    cell: ({ sinceMs }, screen) => timeCell(sinceMs, screen),
  },
  { key: 'state', title: 'STATE', show: 'wide', value: ({ state }) => state },
  {
    key: 'no_data_since_at',
    title: 'NO DATA SINCE',
    show: 'wide',
    value: ({ noDataSinceMs }) => noDataSinceMs && formatInstant(noDataSinceMs),
  },
];

/** Why receivers are not notified; the column is shown if any alert has a reason. */
const quietColumns = (alerts: readonly AlertView[]): readonly Column<AlertView>[] => [
  {
    key: 'silenced_by',
    title: 'SILENCED',
    drop: 3,
    ...(!alerts.some(({ silence }) => silence !== undefined) && { show: 'data' }),
    value: ({ silence }) => silence?.id,
    cell: ({ silence }, screen) => {
      if (silence === undefined) return '-';
      const text = `${silence.id} by ${silence.author}, ends ${timeCell(silence.endsMs, screen)}`;
      return { text, color: 'gray' };
    },
  },
  {
    key: 'acknowledged_by',
    title: 'ACKNOWLEDGED',
    drop: 3,
    ...(!alerts.some(({ acknowledged }) => acknowledged !== undefined) && { show: 'data' }),
    value: ({ acknowledged }) => acknowledged?.by,
    cell: ({ acknowledged }, screen) => {
      if (acknowledged === undefined) return '-';
      const { by, note, atMs } = acknowledged;
      return { text: `by ${by} ${timeCell(atMs, screen)}: ${note}`, color: 'gray' };
    },
  },
  { key: 'acknowledged_note', title: 'NOTE', show: 'data', value: ({ acknowledged }) => acknowledged?.note },
];

/** With the unit of the first metric of its rule; without one if the metric is unknown. */
export function alertValue(value: number, expression: string | undefined): string {
  const plain = String(Number(value.toPrecision(6)));
  if (expression === undefined) return plain;
  try {
    const [test] = parseExpression(expression).tests;
    if (test?.kind === 'share') return `${plain} %`;
    const unit = test?.kind === 'compare' ? metricKind(test.value.metric)?.unit : undefined;
    return unit === undefined ? plain : formatValue(value, unit);
  } catch {
    // Built-in rules have a description instead of an expression.
    return plain;
  }
}

/** Such as `disk-full web-17 mount=/var (725)`. */
export const alertText = (alert: AlertView): string =>
  `${nameOf(alert)}${alert.host === undefined || alert.location === undefined ? '' : ` (${alert.location})`}`;

/** As `alerts ack` takes it. */
export const nameOf = ({ rule, ...subject }: AlertView): string => alertName(rule, subject);

export const alertsListing = (alerts: readonly AlertView[]): Listing<AlertView> => ({
  columns: [...ALERT_COLUMNS, ...quietColumns(alerts)],
  rows: alerts,
  name: nameOf,
  empty: 'No firing alerts. List the rules: minimon alerts list',
});

/** "3 alerts: 1 critical, 2 warning", and in fewer words "1 critical, 2 warning". */
export function alertsSummaries(alerts: readonly AlertView[]): readonly string[] {
  const counts = Map.groupBy(alerts, ({ severity }) => severity);
  const severities = Object.keys(SEVERITY_COLORS) as AlertView['severity'][];
  const said = severities.flatMap((one) => (counts.has(one) ? [`${counts.get(one)!.length} ${one}`] : []));
  if (said.length === 0) return [];
  return [`${counted(alerts.length, 'alert')}: ${said.join(', ')}`, said.join(', ')];
}
