// Numbers of things in sentences: 1 host, 3 hosts, 2,400 hosts; and the first of many names: a, b and 3 more.

/** "1 host", "3 hosts". */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** "2,400", in every zone and language. */
export const grouped = (count: number): string => count.toLocaleString('en-US');

/** "a, b and 3 more": the first `most` of them, and how many are left out. */
export function listed(texts: readonly string[], most: number, separator = ', '): string {
  const more = texts.length - most;
  return texts.slice(0, most).join(separator) + (more > 0 ? ` and ${more} more` : '');
}
