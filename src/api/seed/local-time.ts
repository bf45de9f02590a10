// The seed's way to write an instant: RFC 3339 with milliseconds and the machine's own offset, never Z.

/** `2022-02-23T13:44:04.949+08:00`. */
export function localRfc3339(timeMs: number): string {
  const date = new Date(timeMs);
  const offsetMinutes = -date.getTimezoneOffset();
  const local = new Date(timeMs + offsetMinutes * 60_000).toISOString().slice(0, -1);
  const two = (number: number) => String(number).padStart(2, '0');
  const size = Math.abs(offsetMinutes);
  return `${local}${offsetMinutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}
