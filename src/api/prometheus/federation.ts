// /federate: the newest samples of selected series in the format that the scraper accepts, streamed.
import { familyText, sampleText, type TextForm } from '../../wire/openmetrics.ts';
import type { SampleFamily } from './service.ts';

const PIECE_CHARS = 64 * 1_024;

/** By an Accept header: OpenMetrics where it is wanted at least as much as the older text. */
export function formWanted(accept: string | undefined): TextForm {
  const wanted = { openmetrics: 0, prometheus: 0 };
  for (const part of (accept ?? '').split(',')) {
    const [range = '', ...parameters] = part.split(';').map((one) => one.trim().toLowerCase());
    const weight = Number(parameters.find((one) => one.startsWith('q='))?.slice(2) ?? 1);
    if (range === 'application/openmetrics-text') wanted.openmetrics = Math.max(wanted.openmetrics, weight);
    if (/^(text\/(plain|\*)|\*\/\*)$/.test(range)) wanted.prometheus = Math.max(wanted.prometheus, weight);
  }
  return wanted.openmetrics > 0 && wanted.openmetrics >= wanted.prometheus ? 'openmetrics' : 'prometheus';
}

export async function* federationText(
  families: AsyncIterable<SampleFamily>,
  form: TextForm,
): AsyncGenerator<Uint8Array, void, undefined> {
  let piece = '';
  for await (const { name, metadata, samples } of families) {
    piece += familyText(name, metadata, form);
    for (const sample of samples) {
      piece += sampleText(sample, form);
      if (piece.length < PIECE_CHARS) continue;
      yield Buffer.from(piece);
      piece = '';
      await new Promise(setImmediate);
    }
  }
  if (piece !== '') yield Buffer.from(piece);
}
