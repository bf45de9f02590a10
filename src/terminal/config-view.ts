// The settings as a listing: key, value, origin, environment variable, meaning. Secrets are never shown.
import type { Loaded } from '../assembly/config-load.ts';
import { didYouMean } from '../domain/did-you-mean.ts';
import { ExpectedError } from '../domain/errors.ts';
import type { Column, JsonValue, Listing } from './output.ts';

type SettingRow = {
  readonly key: string;
  readonly value: JsonValue | undefined;
  readonly origin: string;
  readonly env: string;
  readonly meaning: string;
};

const MASK = '********';

/** Addresses may carry a user and a password. */
function withoutCredentials(value: JsonValue): JsonValue {
  if (typeof value === 'string') return value.replace(/(:\/\/)[^/?#\s,]*@/g, `$1${MASK}@`);
  return Array.isArray(value) ? value.map(withoutCredentials) : value;
}

/** In the order of the schema. USAGE for a section that is not there. */
export function settingsRows(loaded: Loaded<unknown>, section: string | undefined): readonly SettingRow[] {
  const rows = loaded.leaves.flatMap((leaf) => {
    if (section !== undefined && leaf.key !== section && !leaf.key.startsWith(`${section}.`)) return [];
    const at = (settings: unknown): unknown =>
      leaf.path.reduce<unknown>(
        (inner, part) => (inner as Record<string, unknown> | undefined)?.[part],
        settings,
      );
    const used = at(loaded.config);
    // As written (60s, not 60000); a setting of another kind has no value.
    const written = used === undefined ? undefined : (at(loaded.given) ?? leaf.written ?? used);
    const shown =
      written === undefined ? undefined : leaf.secret ? MASK : withoutCredentials(written as JsonValue);
    return [
      {
        key: leaf.key,
        value: shown,
        origin: loaded.origins.get(leaf.key) ?? 'default',
        env: leaf.env,
        meaning: leaf.description,
      },
    ];
  });
  if (rows.length > 0) return rows;
  const sections = new Set(loaded.leaves.flatMap((leaf) => [leaf.key, leaf.key.split('.')[0]!]));
  throw new ExpectedError('USAGE', `unknown setting ${section}`, {
    hint: didYouMean(section ?? '', sections),
  });
}

export function settingsListing(rows: readonly SettingRow[], withOrigin: boolean): Listing<SettingRow> {
  const columns: readonly Column<SettingRow>[] = [
    { key: 'key', title: 'KEY', value: (row) => row.key },
    {
      key: 'value',
      title: 'VALUE',
      min: 10,
      value: (row) => row.value,
      cell: ({ value }) => {
        if (value === undefined || (Array.isArray(value) && value.length === 0)) return '-';
        const text = Array.isArray(value)
          ? value.map((item) => (typeof item === 'object' ? JSON.stringify(item) : item)).join(', ')
          : String(value);
        // A certificate, say: --json has all of it.
        const [first, ...more] = text.trimEnd().split('\n');
        return more.length === 0 ? text : `${first} ... (${more.length + 1} lines)`;
      },
    },
    {
      key: 'origin',
      title: 'FROM',
      min: 10,
      drop: 1,
      value: (row) => row.origin,
      ...(withOrigin ? {} : { show: 'wide' as const }),
    },
    {
      key: 'environment',
      title: 'ENVIRONMENT',
      drop: 3,
      value: (row) => row.env,
      ...(withOrigin ? { show: 'wide' as const } : {}),
    },
    { key: 'meaning', title: 'MEANING', min: 12, drop: 2, value: (row) => row.meaning },
  ];
  return { columns, rows, name: (row) => row.key, empty: 'No settings.' };
}
