// Silences as a list, and one as a sentence: what it covers, and until when.
import type { ManageClient } from '../api/manage.ts';
import type { SilenceView } from '../api/silences.ts';
import { type SilenceState, silenceState } from '../domain/alerting/alert-matching.ts';
import { counted } from '../domain/counting.ts';
import { roughDuration } from '../domain/duration.ts';
import { formatInstant } from '../domain/instant.ts';
import type { Column, Listing } from './output.ts';
import { dateTimeText, timeCell, zoneName } from './relative-time.ts';
import type { Color, Screen } from './screen.ts';

type Preview = Awaited<ReturnType<ManageClient['previewMatchers']>>;

const STATE_COLORS: Readonly<Record<SilenceState, Color>> = {
  active: 'yellow',
  pending: 'cyan',
  expired: 'gray',
};

/** Such as 2026-03-28 07:00:00 UTC+8. */
export const zonedTime = (ms: number, screen: Pick<Screen, 'utc'>): string =>
  `${dateTimeText(ms, screen)} ${zoneName(ms, screen)}`;

/** `nowMs`: the server's, whose clock starts and ends them. */
export function silencesListing(silences: readonly SilenceView[], nowMs: number): Listing<SilenceView> {
  const columns: readonly Column<SilenceView>[] = [
    { key: 'id', title: 'SILENCE', value: ({ id }) => id },
    {
      key: 'state',
      title: 'STATE',
      value: (silence) => silenceState(silence, nowMs),
      cell: (silence) => {
        const state = silenceState(silence, nowMs);
        return { text: state, color: STATE_COLORS[state] };
      },
    },
    {
      key: 'matchers',
      title: 'MATCHERS',
      min: 12,
      value: ({ matchers }) => matchers,
      cell: ({ matchers }) => matchers.join(' '),
    },
    {
      key: 'starts_at',
      title: 'STARTS',
      drop: 2,
      value: ({ startsMs }) => formatInstant(startsMs),
      cell: ({ startsMs }, screen) => timeCell(startsMs, screen),
    },
    {
      key: 'ends_at',
      title: 'ENDS',
      value: ({ endsMs }) => formatInstant(endsMs),
      cell: ({ endsMs }, screen) =>
        screen.isTTY ? `${zonedTime(endsMs, screen)} (${timeCell(endsMs, screen)})` : formatInstant(endsMs),
    },
    { key: 'author', title: 'BY', drop: 1, value: ({ author }) => author },
    { key: 'reason', title: 'REASON', min: 10, value: ({ reason }) => reason },
    { key: 'created_at', title: 'CREATED', show: 'wide', value: ({ createdMs }) => formatInstant(createdMs) },
  ];
  return {
    columns,
    rows: silences,
    name: ({ id }) => id,
    empty: 'No silences. Add one: minimon silences add',
  };
}

/** `alerts` is undefined where warn could not be asked. */
export function coverText(
  { matchers, hosts, ofHosts, hostIds }: Preview,
  alerts: readonly unknown[] | undefined,
): string {
  const firing = alerts === undefined ? 'an unknown number of alerts' : counted(alerts.length, 'alert');
  const which =
    hosts === ofHosts && hosts > 1 ? `all ${hosts} hosts` : `${hosts} of ${counted(ofHosts, 'host')}`;
  const shown = hostIds.slice(0, 5).join(', ');
  const named = hosts === 0 || hosts === ofHosts ? '' : `: ${shown}${hosts > 5 ? ', ...' : ''}`;
  return `${matchers.join(' ')} matches ${firing} now, ${which}${named}`;
}

/** A silence of all hosts needs confirmation, unless it names a rule. */
export const coversAll = ({ matchers, hosts, ofHosts }: Preview): boolean =>
  hosts > 1 && hosts === ofHosts && !matchers.some((matcher) => matcher.startsWith('rule='));

export function silenceText(
  { startsMs, endsMs }: Pick<SilenceView, 'startsMs' | 'endsMs'>,
  screen: Screen,
): string {
  const lasts = roughDuration(endsMs - startsMs);
  const from = startsMs > screen.nowMs + 2_000 ? `from ${zonedTime(startsMs, screen)} ` : '';
  return `silenced ${from}until ${zonedTime(endsMs, screen)} (${lasts})`;
}
