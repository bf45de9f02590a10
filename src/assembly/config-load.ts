// Configuration from its layers (flags > environment > files > defaults), validated once, each setting with its origin.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Document, isAlias, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { ExpectedError, messageOf } from '../domain/errors.ts';
import { didYouMean } from '../domain/names.ts';
import { configPlaces } from './client-settings.ts';
import { fileKey, type Leaf, leafValue, leavesOf, toCamel } from './config-leaves.ts';
import type { Environment } from './program.ts';

export type Loaded<T> = {
  readonly config: T;
  /** File key (`store.max_bytes`) -> where its value comes from; keys that are absent have their default. */
  readonly origins: ReadonlyMap<string, string>;
  /** The settings as they were written (60s, not 60000), in the shape of `config`, without defaults. */
  readonly given: unknown;
  readonly leaves: readonly Leaf[];
  readonly files: readonly string[];
};

export type LoadOptions<S extends z.ZodType> = {
  readonly schema: S;
  readonly environment: Environment;
  /** File key -> value where nothing else says so; for the `kind` that decides which other keys there are. */
  readonly defaults?: Readonly<Record<string, unknown>>;
  /** --config: read instead of the standard places; it must exist. */
  readonly file?: string | undefined;
  /** File key -> value, from flags; the origin names the flag. */
  readonly flags?: readonly { readonly key: string; readonly value: unknown; readonly flag: string }[];
};

/** Not settings, though they begin with MINIMON_. */
const OTHER_VARIABLES = new Set(['MINIMON_CONFIG', 'MINIMON_FROM_SOURCE']);

export function loadConfig<S extends z.ZodType>(options: LoadOptions<S>): Loaded<z.infer<S>> {
  const { schema, environment } = options;
  const leaves = leavesOf(schema);
  const byKey = new Map(leaves.map((leaf) => [leaf.key, leaf]));
  const origins = new Map<string, string>();
  const tree: Record<string, unknown> = {};
  const set = (leaf: Leaf, value: unknown, origin: string) => {
    put(tree, leaf.path, value);
    origins.set(leaf.key, origin);
  };

  const named = options.file ?? environment['MINIMON_CONFIG'];
  const files = named
    ? [named]
    : configPlaces(environment)
        .filter((path) => existsSync(path))
        .slice(0, 1);
  for (const file of files) readFile(file, { tree, origins, byKey });

  for (const leaf of leaves) {
    const text = environment[leaf.env];
    if (text !== undefined) set(leaf, leafValue(leaf, text), `environment ${leaf.env}`);
    const path = leaf.secret ? environment[`${leaf.env}_FILE`] : undefined;
    if (path) set(leaf, readSecret(path, `${leaf.env}_FILE`), `environment ${leaf.env}_FILE`);
  }
  refuseUnknownVariables(environment, leaves);

  for (const { key, value, flag } of options.flags ?? []) {
    const leaf = byKey.get(key);
    if (!leaf)
      throw new ExpectedError('BAD_CONFIG', `${flag}: unknown setting ${key}`, {
        hint: didYouMean(key, byKey.keys()),
      });
    set(leaf, typeof value === 'string' ? leafValue(leaf, value) : value, flag);
  }

  for (const [key, value] of Object.entries(options.defaults ?? {})) {
    if (!origins.has(key)) put(tree, key.split('.').map(toCamel), value);
  }
  const parsed = schema.safeParse(tree);
  if (!parsed.success) throw configError(parsed.error, origins, byKey);
  return { config: parsed.data, origins, given: tree, leaves, files };
}

type Target = {
  tree: Record<string, unknown>;
  origins: Map<string, string>;
  byKey: ReadonlyMap<string, Leaf>;
};

function readFile(file: string, target: Target): void {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ExpectedError('FILE_MISSING', `cannot read the configuration ${file}: ${messageOf(error)}`, {
      hint: 'Name another file with --config, or leave it out for the defaults.',
    });
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const fault = document.errors[0];
  if (fault)
    throw new ExpectedError('BAD_CONFIG', `${file}:${lines.linePos(fault.pos[0]).line}: ${fault.message}`);
  if (document.contents === null) return;
  if (!isMap(document.contents))
    throw new ExpectedError('BAD_CONFIG', `${file}: the configuration must be a map of settings`);
  readMap(document.contents, [], {
    ...target,
    file,
    document,
    lineOf: (offset) => lines.linePos(offset).line,
  });
}

type MapReader = Target & {
  readonly file: string;
  readonly document: Document;
  readonly lineOf: (offset: number) => number;
};

function readMap(
  map: { items: readonly { key: unknown; value: unknown }[] },
  path: readonly string[],
  reader: MapReader,
): void {
  const { tree, origins, byKey, file, document } = reader;
  const toPlain = (node: unknown): unknown => (isNode(node) ? node.toJS(document) : node);
  for (const item of map.items) {
    if (!isScalar(item.key)) throw new ExpectedError('BAD_CONFIG', `${file}: a key must be a word`);
    const value = isAlias(item.value) ? item.value.resolve(document) : item.value;
    const where = `${file}:${reader.lineOf(item.key.range?.[0] ?? 0)}`;
    const name = String(item.key.value);
    const here = [...path, toCamel(name)];
    const key = fileKey(here);
    const leaf = name === fileKey(here.slice(-1)) ? byKey.get(key) : undefined;
    const secretOf = key.endsWith('_file') ? byKey.get(key.slice(0, -5)) : undefined;
    if (leaf) {
      put(tree, leaf.path, toPlain(value));
      origins.set(key, where);
    } else if (secretOf?.secret) {
      const path = resolve(dirname(file), String(toPlain(value)));
      put(tree, secretOf.path, readSecret(path, where));
      origins.set(secretOf.key, `${path} (${where})`);
    } else if (isMap(value) && [...byKey.keys()].some((known) => known.startsWith(`${key}.`))) {
      readMap(value, here, reader);
    } else {
      const section = path.length === 0 ? '' : `${fileKey(path)}.`;
      const siblings = [...byKey.keys()]
        .filter((known) => known.startsWith(section))
        .map((known) => known.slice(section.length).split('.')[0]!);
      throw new ExpectedError('BAD_CONFIG', `${where}: unknown key ${key}`, {
        hint: didYouMean(name, new Set(siblings), `Known here: ${[...new Set(siblings)].join(', ')}`),
      });
    }
  }
}

function readSecret(path: string, where: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw new ExpectedError('FILE_MISSING', `${where}: cannot read the secret: ${messageOf(error)}`);
  }
}

function put(tree: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let at = tree;
  for (const part of path.slice(0, -1)) at = (at[part] ??= {}) as Record<string, unknown>;
  at[path.at(-1)!] = value;
}

function refuseUnknownVariables(environment: Environment, leaves: readonly Leaf[]): void {
  const known = new Set([
    ...leaves.flatMap((leaf) => (leaf.secret ? [leaf.env, `${leaf.env}_FILE`] : [leaf.env])),
    ...OTHER_VARIABLES,
  ]);
  for (const name of Object.keys(environment)) {
    if (!name.startsWith('MINIMON_') || name.startsWith('MINIMON_TEST_') || known.has(name)) continue;
    throw new ExpectedError('BAD_CONFIG', `unknown environment variable ${name}`, {
      hint: didYouMean(name, known, 'See minimon config show for all settings.'),
    });
  }
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
