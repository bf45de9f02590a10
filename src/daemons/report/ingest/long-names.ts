// Names that are far too long: one text of a request may be in thousands of its series, and is refused before it is copied
// into each of them.

/** Twice what the names and labels of a series that is taken can have. */
const MAX_LENGTH = 8_192;

/** Why the series that have these texts are refused. */
export function lengthError(texts: Iterable<string | undefined>): string | undefined {
  let length = 0;
  for (const text of texts) length += text?.length ?? 0;
  if (length <= MAX_LENGTH) return undefined;
  return `names and labels have ${length} characters; the limit is ${MAX_LENGTH} a series`;
}
