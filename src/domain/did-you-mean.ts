// The nearest known word to a misspelt one, by edit distance, in bounded time whatever the candidates are.

/** Longer words get no suggestion: computing the distance takes time by length. */
const MAX_CHARS = 64;
/** More edits than this make another word. */
const MAX_EDITS = 3;
/** How many candidates get a distance: those with the longest common prefix and suffix. */
const MAX_LOOKED_AT = 100_000;
const MAX_COMPARED = 500;
/** A key of which fewer letters were written could be any. */
const MIN_BEGUN = 3;

/** The candidate nearest to `word` by edit distance, if it is near enough to be what was meant. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word === '' || word.length > MAX_CHARS) return undefined;
  const wanted = word.toLowerCase();
  let limit = Math.min(MAX_EDITS, Math.max(1, Math.floor(wanted.length / 3)));
  let best: string | undefined;
  for (const candidate of mostAlike(wanted, candidates, limit)) {
    const distance = editDistance(...withoutEqualEnds(wanted, candidate.toLowerCase()), limit);
    if (distance > limit) continue;
    best = candidate;
    limit = distance - 1;
    if (limit < 0) break;
  }
  return best;
}

/** "did you mean web-17?" as a hint, or `otherwise` when nothing is near. */
export function didYouMean(
  word: string,
  candidates: Iterable<string>,
  otherwise?: string,
): string | undefined {
  const near = nearest(word, candidates);
  return near === undefined ? otherwise : `Did you mean ${near}?`;
}

/** The same among words that are written by hand, such as keys and flags: also the one that is short for it, or the whole of it. */
export function didYouMeanKey(word: string, keys: Iterable<string>, otherwise?: string): string | undefined {
  const all = [...keys];
  const asName = (text: string) => text.replace(/^--/, '').toLowerCase();
  const wanted = asName(word);
  const begun = all.filter((key) => {
    const [shorter = '', longer = ''] = [wanted, asName(key)].sort((a, b) => a.length - b.length);
    return shorter.length >= MIN_BEGUN && longer.startsWith(shorter);
  });
  return didYouMean(word, all, begun.length === 1 ? `Did you mean ${begun[0]}?` : otherwise);
}

/** By how many characters at both ends are the word's; equal ones in their order. */
function mostAlike(wanted: string, candidates: Iterable<string>, limit: number): string[] {
  const byAlike: string[][] = [];
  let lookedAt = 0;
  for (const candidate of candidates) {
    if (++lookedAt > MAX_LOOKED_AT) break;
    if (Math.abs(candidate.length - wanted.length) > limit) continue;
    const list = (byAlike[alikeEnds(wanted, candidate)] ??= []);
    if (list.length < MAX_COMPARED) list.push(candidate);
  }
  return byAlike.reverse().flat().slice(0, MAX_COMPARED);
}

function alikeEnds(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  let start = 0;
  while (start < shorter && folded(a, start) === folded(b, start)) start++;
  let end = 0;
  while (end < shorter - start && folded(a, a.length - 1 - end) === folded(b, b.length - 1 - end)) end++;
  return start + end;
}

/** Lower case where that is one letter of ASCII: a text of every candidate in lower case would cost most of the time. */
function folded(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code >= 65 && code <= 90 ? code + 32 : code;
}

/** Equal ends are no edits. */
function withoutEqualEnds(a: string, b: string): [string, string] {
  const shorter = Math.min(a.length, b.length);
  let start = 0;
  while (start < shorter && a[start] === b[start]) start++;
  let end = 0;
  while (end < shorter - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  return [a.slice(start, a.length - end), b.slice(start, b.length - end)];
}

/**
 * Insertions, deletions, substitutions, and swaps of neighbours (752 for 725), each one edit. Anything over the limit
 * where the distance is over it: only cells that near the diagonal are computed.
 */
function editDistance(a: string, b: string, limit: number): number {
  const over = limit + 1;
  if (Math.abs(a.length - b.length) > limit) return over;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => Math.min(j, over));
  for (let i = 1; i <= a.length; i++) {
    const row = new Array<number>(b.length + 1).fill(over);
    if (i <= limit) row[0] = i;
    let least = row[0]!;
    for (let j = Math.max(1, i - limit); j <= Math.min(b.length, i + limit); j++) {
      const substitution = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let edits = Math.min(last[j]! + 1, row[j - 1]! + 1, substitution);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        edits = Math.min(edits, beforeLast[j - 2]! + 1);
      row[j] = edits;
      least = Math.min(least, edits);
    }
    // A swap of neighbours reaches back one row.
    if (least > limit && Math.min(...last) > limit) return over;
    [beforeLast, last] = [last, row];
  }
  return last[b.length]!;
}
