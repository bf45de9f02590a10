// The steps from a rule to its notifications, one line per step.
import type { WhyStep } from '../api/warn.ts';
import { formatInstant } from '../domain/instant.ts';
import type { Column, Listing } from './output.ts';
import { dateTimeText, relativeTime } from './relative-time.ts';
import type { Color } from './screen.ts';

const COLORS: Readonly<Record<WhyStep['verdict'], Color>> = {
  ok: 'green',
  stop: 'red',
  wait: 'yellow',
  note: 'gray',
};

export function whyListing(steps: readonly WhyStep[]): Listing<WhyStep> {
  const columns: readonly Column<WhyStep>[] = [
    {
      key: 'verdict',
      title: '',
      value: ({ verdict }) => verdict,
      cell: ({ verdict }) => ({ text: verdict, color: COLORS[verdict] }),
    },
    { key: 'topic', title: 'STEP', value: ({ topic }) => topic },
    {
      key: 'subject',
      title: 'OF',
      ...(!steps.some(({ subject }) => subject !== undefined) && { show: 'data' }),
      value: ({ subject }) => subject,
    },
    {
      key: 'text',
      title: 'WHY',
      min: 30,
      wraps: true,
      value: ({ text }) => text,
      cell: ({ text, atMs }, screen) => {
        if (atMs === undefined) return text;
        if (!screen.isTTY) return `${text} ${formatInstant(atMs)}`;
        return `${text}, ${dateTimeText(atMs, screen)} (${relativeTime(atMs, screen.nowMs)})`;
      },
    },
    { key: 'at', title: 'TIME', show: 'data', value: ({ atMs }) => atMs && formatInstant(atMs) },
  ];
  return { columns, rows: steps, name: ({ topic }) => topic, empty: 'No steps.' };
}
