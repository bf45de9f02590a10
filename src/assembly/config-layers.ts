// Merges the layers of the configuration (flags > environment > credentials > file), each setting with its origin.
// Without zod, which would double the start of a client command; config-load.ts adds defaults and checks values.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Document } from 'yaml';
import { didYouMean, didYouMeanKey } from '../domain/did-you-mean.ts';
import { ExpectedError, systemWords } from '../domain/errors.ts';
import { snakeCase } from '../domain/names.ts';
import { decodeUtf8 } from '../domain/utf8.ts';
import { credentialFiles } from './credentials.ts';
import { type Environment, userConfigDirectory } from './environment.ts';
import { isProfileKey, type Profile } from './profiles.ts';

/** One setting. */
export type Leaf = {
  /** Path in code: ['store', 'maxBytes'] */
  readonly path: readonly string[];
  /** As written in files: store.max_bytes */
  readonly key: string;
  /** MINIMON_STORE_MAX_BYTES */
  readonly env: string;
  readonly type: 'string' | 'number' | 'boolean' | 'list';
  readonly secret: boolean;
  /** May be given as the path of a file that holds it: store.token_file, MINIMON_STORE_TOKEN_FILE */
  readonly fromFile: boolean;
  readonly description: string;
  /** Given as a file, its path is put beside it (`certPath` beside `cert`), to be read again when it changes. */
  readonly keepsPath?: boolean;
  /** A file of it that cannot be read leaves it unset: who uses the setting says so, if it is needed. */
  readonly mayBeGone?: boolean;
  /** As a person would write it (60s, 2GiB); undefined where there is none, or where it depends on the kind. */
  readonly written?: unknown;
};

export type Layers = {
  /** The settings as they were written (60s, not 60000), by path, without defaults. */
  readonly given: Record<string, unknown>;
  /** File key (`store.max_bytes`) -> where its value comes from; keys that are absent have their default. */
  readonly origins: ReadonlyMap<string, string>;
  readonly files: readonly string[];
};

export type LayerOptions = {
  readonly leaves: readonly Leaf[];
  readonly environment: Environment;
  /** --config: read instead of the standard places; it must exist. */
  readonly file?: string | undefined;
  /** Of client commands: stands over the file, and for its settings of the client. */
  readonly profile?: Profile | undefined;
  /** File key -> value, from flags; the origin names the flag. */
  readonly flags?: readonly { readonly key: string; readonly value: unknown; readonly flag: string }[];
  /** Whether the file that a setting names is to be read; others are left unset. Default: all. */
  readonly reads?: (key: string, isSet: (key: string) => boolean) => boolean;
};

export const toCamel = (snake: string): string =>
  snake.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
export const fileKey = (path: readonly PropertyKey[]): string =>
  path.map((part) => snakeCase(String(part))).join('.');

/** Not settings, though they begin with MINIMON_. */
const OTHER_VARIABLES = new Set(['MINIMON_CONFIG', 'MINIMON_FROM_SOURCE', 'MINIMON_PROFILE']);

/** The standard places of the configuration, first match wins. */
const configPlaces = (environment: Environment): readonly string[] => [
  join(userConfigDirectory(environment), 'config.yaml'),
  '/etc/minimon/config.yaml',
];

type NamedFile = { readonly leaf: Leaf; readonly path: string; readonly where: string };

type Target = {
  readonly byKey: ReadonlyMap<string, Leaf>;
  readonly set: (leaf: Leaf, value: unknown, origin: string) => unknown;
  readonly setFile: (file: NamedFile) => unknown;
};

export async function readLayers(options: LayerOptions): Promise<Layers> {
  const { leaves, environment, reads = () => true } = options;
  const byKey = new Map(leaves.map((leaf) => [leaf.key, leaf]));
  const origins = new Map<string, string>();
  const given: Record<string, unknown> = {};
  // Read last: what a nearer layer overrides need not exist.
  const named = new Map<string, NamedFile>();
  const target: Target = {
    byKey,
    set(leaf, value, origin) {
      put(given, leaf.path, value);
      origins.set(leaf.key, origin);
      named.delete(leaf.key);
    },
    setFile(file) {
      origins.set(file.leaf.key, `${file.path} (${file.where})`);
      named.set(file.leaf.key, file);
    },
  };

  const config = options.file ?? (environment['MINIMON_CONFIG'] || undefined);
  const files = config
    ? [config]
    : configPlaces(environment)
        .filter((path) => existsSync(path))
        .slice(0, 1);
  const { profile } = options;
  for (const file of files) await readConfigFile(file, profile ? withoutProfileKeys(target) : target);
  if (profile) await readConfigFile(profile.file, onlyProfileKeys(target));

  const credentials = credentialFiles(
    environment,
    new Set(leaves.filter(({ fromFile }) => fromFile).map(({ key }) => key)),
  );
  for (const leaf of leaves) {
    const credential = credentials.get(leaf.key);
    if (credential) target.setFile({ leaf, path: credential, where: `credential ${leaf.key}` });
    const text = environment[leaf.env];
    // Compose files and shells leave variables empty that they do not mean to set.
    if (text && !isServiceVariable(leaf.env, text))
      target.set(leaf, leafValue(leaf, text), `environment ${leaf.env}`);
    const path = leaf.fromFile ? environment[`${leaf.env}_FILE`] : undefined;
    if (path) target.setFile({ leaf, path, where: `environment ${leaf.env}_FILE` });
  }
  rejectUnknownVariables(environment, leaves);

  for (const { key, value, flag } of options.flags ?? []) {
    const leaf = byKey.get(key);
    const fileOf = key.endsWith('_file') ? byKey.get(key.slice(0, -5)) : undefined;
    // Typed after --set; an empty one takes a secret of the file away.
    if (leaf?.secret && flag.startsWith('--set ') && value !== '') throw secretInArgv(leaf, flag);
    if (leaf) target.set(leaf, typeof value === 'string' ? leafValue(leaf, value) : value, flag);
    else if (fileOf?.fromFile) target.setFile({ leaf: fileOf, path: String(value), where: flag });
    else {
      throw new ExpectedError('BAD_CONFIG', `${flag}: unknown setting ${key}`, {
        hint: didYouMean(key, byKey.keys()),
      });
    }
  }

  for (const { leaf, path, where } of named.values()) {
    if (!reads(leaf.key, (key) => origins.has(key))) continue;
    if (leaf.keepsPath) put(given, [...leaf.path.slice(0, -1), `${leaf.path.at(-1)}Path`], resolve(path));
    try {
      put(given, leaf.path, readValue(path, where));
    } catch (error) {
      if (!leaf.mayBeGone) throw error;
    }
  }
  return { given, origins, files: profile ? [...files, profile.file] : files };
}

/** Known, and passed over. */
const withoutProfileKeys = (target: Target): Target => ({
  ...target,
  set: (leaf, ...rest) => isProfileKey(leaf.key) || target.set(leaf, ...rest),
  setFile: (file) => isProfileKey(file.leaf.key) || target.setFile(file),
});

const onlyProfileKeys = (target: Target): Target => ({
  ...target,
  byKey: new Map([...target.byKey].filter(([key]) => isProfileKey(key))),
});

async function readConfigFile(file: string, target: Target): Promise<void> {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new ExpectedError('FILE_MISSING', `cannot read the configuration ${file}: ${systemWords(error)}`, {
      hint: 'Name another file with --config, or omit it for the defaults.',
    });
  }
  const text = decodeUtf8(bytes, `the configuration ${file}`, 'BAD_CONFIG');
  // Bundled, a dynamic import of CommonJS has a default export alone.
  const yaml = (await import('yaml')).default;
  const lines = new yaml.LineCounter();
  const document = yaml.parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const error = document.errors[0];
  if (error?.code === 'MULTIPLE_DOCS') {
    const line = lines.linePos(error.pos[0]).line;
    throw new ExpectedError('BAD_CONFIG', `${file}:${line}: unexpected second YAML document`, {
      hint: 'The configuration must be one YAML document: remove the line --- or everything after it.',
    });
  }
  if (error)
    throw new ExpectedError('BAD_CONFIG', `${file}:${lines.linePos(error.pos[0]).line}: ${error.message}`);
  if (document.contents === null) return;
  if (!yaml.isMap(document.contents))
    throw new ExpectedError('BAD_CONFIG', `${file}: the configuration must be a map of settings`);
  const lineOf = (offset: number) => lines.linePos(offset).line;
  readMap(document.contents, [], { ...target, yaml, file, document, lineOf });
}

type MapReader = Target & {
  readonly yaml: typeof import('yaml');
  readonly file: string;
  readonly document: Document;
  readonly lineOf: (offset: number) => number;
};

function readMap(
  map: { items: readonly { key: unknown; value: unknown }[] },
  path: readonly string[],
  reader: MapReader,
): void {
  const { byKey, file, document, yaml } = reader;
  const toPlain = (node: unknown): unknown => (yaml.isNode(node) ? node.toJS(document) : node);
  for (const item of map.items) {
    if (!yaml.isScalar(item.key)) throw new ExpectedError('BAD_CONFIG', `${file}: a key must be a string`);
    const value = yaml.isAlias(item.value) ? item.value.resolve(document) : item.value;
    const where = `${file}:${reader.lineOf(item.key.range?.[0] ?? 0)}`;
    const name = String(item.key.value);
    const here = [...path, toCamel(name)];
    const key = fileKey(here);
    const leaf = name === fileKey(here.slice(-1)) ? byKey.get(key) : undefined;
    const fileOf = key.endsWith('_file') ? byKey.get(key.slice(0, -5)) : undefined;
    const known = [...byKey.keys()];
    const isSection = known.some((other) => other.startsWith(`${key}.`));
    // `agent:` with nothing under it, or all of it commented out, sets nothing.
    if (isNothing(value) && (leaf || fileOf?.fromFile || isSection)) continue;
    if (leaf) {
      reader.set(
        leaf,
        leaf.type === 'string' || leaf.type === 'list' ? asTexts(toPlain(value), value) : toPlain(value),
        where,
      );
    } else if (fileOf?.fromFile) {
      reader.setFile({ leaf: fileOf, path: resolve(dirname(file), String(toPlain(value))), where });
    } else if (yaml.isMap(value) && isSection) {
      readMap(value, here, reader);
    } else {
      const section = path.length === 0 ? '' : `${fileKey(path)}.`;
      const siblings = known
        .filter((other) => other.startsWith(section))
        .map((other) => other.slice(section.length).split('.')[0]!);
      if (isSection) {
        throw new ExpectedError('BAD_CONFIG', `${where}: ${key} is a section of settings, not a value`, {
          hint: `Write them below it, indented: ${known
            .filter((other) => other.startsWith(`${key}.`))
            .slice(0, 5)
            .join(', ')} ...`,
        });
      }
      throw new ExpectedError('BAD_CONFIG', `${where}: unknown key ${key}`, {
        hint: didYouMeanKey(name, new Set(siblings), `Known here: ${[...new Set(siblings)].join(', ')}`),
      });
    }
  }
}

/** A value that YAML leaves out. (A text that is empty, in quotes, is one.) */
const isNothing = (node: unknown): boolean =>
  node === null || node === undefined || (typeof node === 'object' && 'value' in node && node.value === null);

/** `location: 725` is the text 725, as it was written: 0725 stays 0725, and 1e3 is no 1000. */
function asTexts(plain: unknown, node: unknown): unknown {
  if (Array.isArray(plain)) {
    const items = (node as { items?: readonly unknown[] }).items ?? [];
    return plain.map((one, i) => asTexts(one, items[i]));
  }
  if (typeof plain !== 'number' && typeof plain !== 'boolean') return plain;
  return (node as { source?: string }).source ?? String(plain);
}

/** What a file holds, without the end of its last line. FILE_MISSING, BAD_CONFIG for what is no text. */
export function readValue(path: string, where: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new ExpectedError('FILE_MISSING', `${where}: cannot read ${path}: ${systemWords(error)}`);
  }
  return decodeUtf8(bytes, `${where}: ${path}`, 'BAD_CONFIG').replace(/\r?\n$/, '');
}

export function put(tree: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let at = tree;
  for (const part of path.slice(0, -1)) at = (at[part] ??= {}) as Record<string, unknown>;
  at[path.at(-1)!] = value;
}

function rejectUnknownVariables(environment: Environment, leaves: readonly Leaf[]): void {
  const known = new Set([
    ...leaves.flatMap((leaf) => (leaf.fromFile ? [leaf.env, `${leaf.env}_FILE`] : [leaf.env])),
    ...OTHER_VARIABLES,
  ]);
  for (const name of Object.keys(environment)) {
    if (!name.startsWith('MINIMON_') || name.startsWith('MINIMON_TEST_') || known.has(name)) continue;
    if (!environment[name] || isServiceVariable(name, environment[name])) continue;
    throw new ExpectedError('BAD_CONFIG', `unknown environment variable ${name}`, {
      hint: didYouMean(name, known, 'See minimon config show for all settings.'),
    });
  }
}

/**
 * What Kubernetes and Docker links put into every container beside a service whose name begins with minimon:
 * MINIMON_REPORT_SERVICE_HOST, MINIMON_REPORT_PORT=tcp://10.0.0.1:8000, MINIMON_REPORT_PORT_8000_TCP_ADDR.
 */
function isServiceVariable(name: string, value: string): boolean {
  if (
    /_SERVICE_HOST$|_SERVICE_PORT(?:_[A-Z0-9_]+)?$|_PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?$/.test(
      name,
    )
  )
    return true;
  return name.endsWith('_PORT') && /^(?:tcp|udp|sctp):\/\//.test(value);
}

const secretInArgv = ({ key, env }: Leaf, flag: string): ExpectedError =>
  new ExpectedError(
    'USAGE',
    `${flag}: secrets are not accepted on the command line, which every user can see`,
    {
      hint: `Set ${env}, or ${key}_file in the configuration (${env}_FILE).`,
    },
  );

/** A setting written as text (environment, --set) as the value its type asks for; unfit text is left as it is. */
function leafValue(leaf: Leaf, text: string): unknown {
  if (leaf.type === 'list')
    return text
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean);
  if (leaf.type === 'number' && text.trim() !== '' && Number.isFinite(Number(text))) return Number(text);
  if (leaf.type === 'boolean' && ['true', '1', 'yes'].includes(text.toLowerCase())) return true;
  if (leaf.type === 'boolean' && ['false', '0', 'no', ''].includes(text.toLowerCase())) return false;
  return text;
}
