// What people say of what they do: why they silence, what they do about an alert.
import { ExpectedError } from './errors.ts';

const MAX_CHARS = 1_000;

/** The text without white space around it. USAGE for none, with the hint, and for one that is too long. `what`: "a silence needs a reason". */
export function checkRemark(
  remark: string,
  { what, hint }: { readonly what: string; readonly hint: string },
): string {
  const text = remark.trim();
  if (text === '') throw new ExpectedError('USAGE', what, { hint });
  if (text.length <= MAX_CHARS) return text;
  throw new ExpectedError('USAGE', `${what} of at most ${MAX_CHARS} characters, not ${text.length}`);
}
