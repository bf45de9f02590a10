// Retry-After of an HTTP answer: seconds, or a date by the server's clock.

/** Milliseconds from now, between 0 and `maxMs`; undefined where there is no such header or it says nothing. */
export function retryAfterMs(
  header: unknown,
  at: { readonly nowMs: number; readonly maxMs: number },
): number | undefined {
  if (typeof header !== 'string' || header.trim() === '') return undefined;
  const text = header.trim();
  const isSeconds = /^\d+(\.\d+)?$/.test(text);
  // Dates begin with a weekday; Date.parse makes one of nearly anything.
  if (!isSeconds && !/^[A-Za-z]{3}/.test(text)) return undefined;
  const ms = isSeconds ? Number(text) * 1_000 : Date.parse(text) - at.nowMs;
  return Number.isNaN(ms) ? undefined : Math.min(at.maxMs, Math.max(0, ms));
}
