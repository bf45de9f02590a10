// Reads YAML with every scalar as a string, and reports errors with line and column.
import type { Document, Node, Scalar, YAMLMap } from 'yaml';

/** From 1. */
export type FilePlace = { readonly line: number; readonly column: number };
export type FileFault = FilePlace & { readonly message: string };

type Yaml = typeof import('yaml');

export type YamlReader = {
  readonly yaml: Yaml;
  readonly source: string;
  readonly placeAt: (offset: number) => FilePlace;
  readonly resolve: (node: unknown) => unknown;
  /** At a node or an offset. */
  readonly fault: (at: unknown, message: string) => void;
};

export type YamlDocument = {
  readonly contents: unknown;
  /** Undefined where it could not be parsed: the fault says why. */
  readonly reader: YamlReader | undefined;
};

/** Documents that are not empty; `faults` grows while they are read. */
export async function readYaml(
  text: string,
): Promise<{ readonly documents: readonly YamlDocument[]; readonly faults: FileFault[] }> {
  // Bundled, a dynamic import of CommonJS has a default export alone.
  const yaml = (await import('yaml')).default as Yaml;
  const lines = new yaml.LineCounter();
  const faults: FileFault[] = [];
  const placeAt = (offset: number): FilePlace => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  // Every scalar is a text: 725 stays "725", and `no` is no truth value.
  const parsed = yaml.parseAllDocuments(text, {
    schema: 'failsafe',
    lineCounter: lines,
    prettyErrors: false,
  });
  const filled = ('empty' in parsed ? [] : parsed).filter(
    ({ contents, errors }) => errors.length > 0 || !isEmpty(contents),
  );
  const documents = filled.map((document): YamlDocument => {
    const { contents, errors } = document;
    for (const { pos, message } of errors) faults.push({ ...placeAt(pos[0]), message });
    if (errors.some(({ code }) => code !== 'DUPLICATE_KEY')) return { contents, reader: undefined };
    let found: ReadonlyMap<unknown, Node> | undefined;
    const targets = () => (found ??= aliasTargets(document, yaml));
    const reader: YamlReader = {
      yaml,
      source: text,
      placeAt,
      resolve: (node) => (yaml.isAlias(node) ? targets().get(node) : node),
      fault: (at, message) => {
        const offset = yaml.isNode(at) ? (at.range?.[0] ?? 0) : Number(at);
        faults.push({ ...placeAt(offset), message });
      },
    };
    return { contents, reader };
  });
  return { documents, faults };
}

/** What each alias stands for, in one walk: yaml's own resolve walks the whole document for each of them. */
function aliasTargets(document: Document, yaml: Yaml): ReadonlyMap<unknown, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<unknown, Node>();
  yaml.visit(document, {
    Node(_key, node) {
      const target = yaml.isAlias(node) ? anchors.get(node.source) : undefined;
      if (target !== undefined) targets.set(node, target);
      else if (!yaml.isAlias(node) && node.anchor) anchors.set(node.anchor, node);
    },
  });
  return targets;
}

const isEmpty = (node: unknown): boolean =>
  node === null ||
  (typeof node === 'object' && 'value' in node && (node.value === null || node.value === ''));

/** `{name}` has no value: then `node` is the key, where a fault is shown. */
export type Entry = { readonly key: Scalar; readonly value: Node | null; readonly node: Node };

/** The map's entries; unknown keys are reported with what `hintFor` says. */
export function entriesOf(
  map: YAMLMap,
  known: readonly string[],
  { yaml, fault }: YamlReader,
  hintFor: (name: string, value: unknown, known: readonly string[]) => string,
): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  for (const { key, value } of map.items) {
    if (!yaml.isScalar(key)) {
      fault(key, 'a key must be a string');
      continue;
    }
    const name = String(key.value);
    if (known.includes(name))
      entries.set(name, { key, value: value as Node | null, node: (value ?? key) as Node });
    else fault(key, `unknown key ${name}. ${hintFor(name, value, known)}`);
  }
  return entries;
}

/** A text that is not empty, or undefined after a report. */
export function textOf({ value, node }: Entry, key: string, reader: YamlReader): string | undefined {
  const text = scalarText(value, reader);
  if (text) return text;
  reader.fault(node, text === '' ? `${key} is empty` : `${key} must be one string`);
  return undefined;
}

/** Empty where there is nothing or what YAML takes for nothing; undefined where it is no text. */
export function scalarText(value: unknown, { yaml, resolve }: YamlReader): string | undefined {
  const scalar = resolve(value);
  if (scalar === null) return '';
  if (!yaml.isScalar(scalar)) return undefined;
  const text = String(scalar.value ?? '');
  return scalar.type === 'PLAIN' && (text === '~' || text === 'null') ? '' : text;
}

export function flagOf(entry: Entry | undefined, key: string, reader: YamlReader): boolean | undefined {
  if (entry === undefined) return undefined;
  const text = textOf(entry, key, reader);
  if (text === 'true' || text === 'false') return text === 'true';
  if (text !== undefined) reader.fault(entry.node, `${key} must be true or false`);
  return undefined;
}

/** The position of a character of a scalar's text in the file; of folded or escaped texts, where the scalar begins. */
export function offsetIn(node: Node, offset: number, { yaml, source }: YamlReader): number {
  const [start, end] = node.range ?? [0, 0];
  if (!yaml.isScalar(node)) return start;
  const at = source.slice(start, end).indexOf(String(node.value).trim());
  return at < 0 ? start : start + at + offset;
}
