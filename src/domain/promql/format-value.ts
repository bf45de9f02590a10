// A value as text, as Go and so Prometheus write it.

export function formatValue(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const size = Math.abs(value);
  if (size >= 1e21 || size < 1e-6) return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  return String(value);
}
