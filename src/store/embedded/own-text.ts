// A text that is kept for long, in memory of its own: one that was cut out of another or put together of several keeps them all.
export function ownText(text: string): string {
  const own = Buffer.from(text).toString();
  // No UTF-8 can say half of a pair.
  return own === text ? own : text;
}
