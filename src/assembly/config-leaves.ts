// The settings of a zod schema as a flat list: path, environment name, type, whether secret. config-load and `config show` read it.
import { z } from 'zod';

export type Leaf = {
  /** Path in code: ['store', 'maxBytes'] */
  readonly path: readonly string[];
  /** As written in files: store.max_bytes */
  readonly key: string;
  /** MINIMON_STORE_MAX_BYTES */
  readonly env: string;
  readonly type: 'string' | 'number' | 'boolean' | 'list';
  readonly secret: boolean;
  readonly description: string;
  /** As a person would write it (60s, 2GiB); undefined where there is none, or where it depends on the kind. */
  readonly written: unknown;
};

type JsonSchema = {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly description?: string;
  readonly secret?: boolean;
  readonly default?: unknown;
};

export const toSnake = (camel: string): string =>
  camel.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
export const toCamel = (snake: string): string =>
  snake.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
export const fileKey = (path: readonly PropertyKey[]): string =>
  path.map((part) => toSnake(String(part))).join('.');

export function leavesOf(schema: z.ZodType): readonly Leaf[] {
  const leaves = new Map<string, Leaf>();
  collect(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema, [], leaves);
  return [...leaves.values()];
}

function collect(schema: JsonSchema, path: readonly string[], into: Map<string, Leaf>): void {
  const variants = schema.anyOf ?? schema.oneOf ?? [];
  const objects = [schema, ...variants].filter((variant) => variant.properties);
  for (const variant of objects) {
    for (const [name, child] of Object.entries(variant.properties!)) collect(child, [...path, name], into);
  }
  if (objects.length > 0 || path.length === 0) return;
  const key = fileKey(path);
  const other = into.get(key);
  if (other) {
    const same = JSON.stringify(other.written) === JSON.stringify(schema.default);
    into.set(key, {
      ...other,
      written: same ? other.written : undefined,
      // Each kind says what it is; all else means the same in every kind.
      description: key.endsWith('.kind') ? `${other.description}; ${schema.description}` : other.description,
    });
    return;
  }
  into.set(key, {
    path,
    key,
    env: `MINIMON_${key.replaceAll('.', '_').toUpperCase()}`,
    type: leafType([schema, ...variants]),
    secret: schema.secret === true,
    description: schema.description ?? '',
    written: schema.default,
  });
}

function leafType(variants: readonly JsonSchema[]): Leaf['type'] {
  const types = new Set(variants.flatMap((variant) => variant.type ?? []));
  if (types.has('array')) return 'list';
  if (types.has('string')) return 'string';
  if (types.has('number') || types.has('integer')) return 'number';
  return types.has('boolean') ? 'boolean' : 'string';
}

/** A setting written as text (environment, --set) as the value its type asks for; unfit text is left for zod to refuse. */
export function leafValue(leaf: Leaf, text: string): unknown {
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
