// Dead letters as a list, and what a retry did as a sentence.
import type { DeadLetterView, RetriedDeadLetters } from '../api/persist.ts';
import { counted } from '../domain/counting.ts';
import { formatInstant } from '../domain/instant.ts';
import { safeText } from '../domain/safe-text.ts';
import type { Column, Listing } from './output.ts';
import { timeCell } from './relative-time.ts';

const labelsText = ({ sample }: DeadLetterView): string =>
  Object.entries(sample?.labels ?? {})
    .map(([name, value]) => `${name}=${value}`)
    .join(',');

const metric = (letter: DeadLetterView): string | undefined => {
  if (!letter.sample) return undefined;
  const labels = labelsText(letter);
  return labels === '' ? letter.sample.metric : `${letter.sample.metric}{${labels}}`;
};

const COLUMNS: readonly Column<DeadLetterView>[] = [
  {
    key: 'written_at',
    title: 'TIME',
    value: (letter) => formatInstant(letter.writtenMs),
    cell: (letter, screen) => timeCell(letter.writtenMs, screen),
  },
  { key: 'host_id', title: 'HOST', min: 12, value: ({ sample }) => sample?.hostId },
  {
    key: 'metric',
    title: 'METRIC',
    min: 12,
    value: ({ sample }) => sample?.metric,
    cell: (letter) => metric(letter) ?? `(record of ${letter.record?.bytes ?? 0} bytes)`,
  },
  { key: 'labels', title: 'LABELS', show: 'data', value: ({ sample }) => sample?.labels },
  {
    key: 'time_at',
    title: 'SAMPLED',
    show: 'wide',
    value: ({ sample }) => sample && formatInstant(sample.timeMs),
  },
  { key: 'value', title: 'VALUE', show: 'wide', align: 'right', value: ({ sample }) => sample?.value },
  { key: 'reason', title: 'REASON', min: 20, value: (letter) => letter.reason },
  { key: 'partition', title: 'PARTITION', show: 'wide', align: 'right', value: (letter) => letter.partition },
  { key: 'offset', title: 'OFFSET', show: 'wide', align: 'right', value: (letter) => letter.offset },
  {
    key: 'received_at',
    title: 'RECEIVED',
    show: 'data',
    value: (letter) => formatInstant(letter.receivedMs),
  },
  { key: 'record', title: 'RECORD', show: 'data', value: (letter) => letter.record },
];

export const deadLettersListing = (letters: readonly DeadLetterView[]): Listing<DeadLetterView> => ({
  columns: COLUMNS,
  rows: letters,
  name: ({ partition, offset }) => `${partition}/${offset}`,
  empty: 'No dead letters match.',
});

export const lettersText = (count: number): string => counted(count, 'dead letter');

export function retrySummary({ retried, skipped, more }: RetriedDeadLetters): string {
  const sentences = [`Retried ${lettersText(retried)}.`];
  if (retried > 0) {
    sentences.push('Samples that the store rejects again are listed again: minimon deadletter list');
  }
  if (skipped > 0) {
    sentences.push(
      `${lettersText(skipped)} of another schema stay listed: retry with the version that wrote them.`,
    );
  }
  if (more) sentences.push('There are more: run it again, or raise --limit.');
  return sentences.map(safeText).join('\n');
}
