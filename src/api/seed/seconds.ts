// The seed's times are whole seconds; one in another unit is refused, since [] would read as an idle room.
import { ExpectedError } from '../../domain/errors.ts';

const HOUR_MS = 3_600_000;
/** Seconds up to the year 5138; milliseconds since 1973 are above it. */
const MAX_SECONDS = 100_000_000_000;

/** `[startMs, stopMs)` of a request in seconds; by default the hour before now, or before stop. */
export function seedRange(
  request: { readonly start?: number | undefined; readonly stop?: number | undefined },
  nowMs: number,
): { startMs: number; stopMs: number } {
  const stopMs = request.stop === undefined ? nowMs : secondsToMs('stop', request.stop);
  const startMs = request.start === undefined ? stopMs - HOUR_MS : secondsToMs('start', request.start);
  if (startMs >= stopMs) {
    throw new ExpectedError('BAD_RANGE', `start ${startMs / 1000} is not before stop ${stopMs / 1000}`, {
      hint: 'Both are seconds since the epoch; start is inside the range, stop outside.',
    });
  }
  return { startMs, stopMs };
}

function secondsToMs(name: string, seconds: number): number {
  if (!Number.isFinite(seconds) || seconds < 0 || seconds > MAX_SECONDS) {
    const why = seconds > MAX_SECONDS ? 'too large for seconds (milliseconds?)' : 'not a time';
    throw new ExpectedError(
      'BAD_TIME',
      `${name} ${seconds} is ${why}; times here are seconds since the epoch`,
      {
        hint: `Now is ${Math.floor(Date.now() / 1000)} in seconds.`,
      },
    );
  }
  return Math.round(seconds * 1000);
}
