// The configuration: its layers with the defaults, checked once by the schema.
import type { z } from 'zod';
import { ExpectedError } from '../domain/errors.ts';
import {
  fileKey,
  type LayerOptions,
  type Layers,
  type Leaf,
  put,
  readLayers,
  toCamel,
} from './config-layers.ts';
import { type Config, configSchema } from './config-schema.ts';
import { SETTINGS } from './generated/settings.ts';

export type Loaded<T> = Layers & { readonly config: T; readonly leaves: readonly Leaf[] };

/** Which kind a backend is of where nothing says so: it decides which other keys there are. */
const KIND_DEFAULTS = {
  'bus.kind': 'embedded',
  'store.kind': 'embedded',
  'catalog.kind': 'sqlite',
  'discovery.kind': 'static',
} as const;

/** `defaults`: file key -> value where nothing else says so. */
export const loadConfig = ({
  defaults,
  ...options
}: Omit<LayerOptions, 'leaves' | 'reads'> & {
  readonly defaults?: Readonly<Record<string, unknown>>;
}): Promise<Loaded<Config>> =>
  loadWith({
    ...options,
    schema: configSchema,
    leaves: SETTINGS,
    defaults: { ...KIND_DEFAULTS, ...defaults },
  });

export async function loadWith<S extends z.ZodType>(
  options: Omit<LayerOptions, 'reads'> & {
    readonly schema: S;
    readonly defaults?: Readonly<Record<string, unknown>>;
  },
): Promise<Loaded<z.infer<S>>> {
  const { schema, leaves } = options;
  const layers = await readLayers(options);
  const { given, origins } = layers;
  for (const [key, value] of Object.entries(options.defaults ?? {})) {
    if (!origins.has(key)) put(given, key.split('.').map(toCamel), value);
  }
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    throw configError(parsed.error, origins, new Map(leaves.map((leaf) => [leaf.key, leaf])));
  }
  return { ...layers, config: parsed.data, leaves };
}

function configError(
  error: z.ZodError,
  origins: ReadonlyMap<string, string>,
  byKey: ReadonlyMap<string, Leaf>,
): ExpectedError {
  const issue = error.issues[0]!;
  const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0]!] : issue.path;
  const key = fileKey(path);
  const origin = origins.get(key) ?? [...origins].find(([known]) => known.startsWith(`${key}.`))?.[1];
  const what =
    issue.code === 'unrecognized_keys' ? `unknown key ${key} for this kind` : `${key}: ${issue.message}`;
  return new ExpectedError('BAD_CONFIG', origin ? `${origin}: ${what}` : what, {
    hint: byKey.get(key)?.description || undefined,
    cause: error,
  });
}
