// The settings of a zod schema as a flat list. Used by bin/generate.js, which writes it into generated/settings.ts.
import { z } from 'zod';
import { fileKey, type Leaf } from './config-layers.ts';

type JsonSchema = {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly description?: string;
  readonly secret?: boolean;
  readonly fromFile?: boolean;
  /** Not for files and the environment: set by what reads them. */
  readonly internal?: boolean;
  readonly keepsPath?: boolean;
  readonly mayBeGone?: boolean;
  readonly default?: unknown;
};

export function leavesOf(schema: z.ZodType): readonly Leaf[] {
  const leaves = new Map<string, Leaf>();
  collect(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema, [], leaves);
  return [...leaves.values()];
}

function collect(schema: JsonSchema, path: readonly string[], into: Map<string, Leaf>): void {
  const variants = schema.anyOf ?? schema.oneOf ?? [];
  const objects = [schema, ...variants].filter((variant) => variant.properties);
  for (const variant of objects) {
    for (const [name, child] of Object.entries(variant.properties!)) {
      if (!child.internal) collect(child, [...path, name], into);
    }
  }
  if (objects.length > 0 || path.length === 0) return;
  const key = fileKey(path);
  const other = into.get(key);
  if (other) {
    const same = JSON.stringify(other.written) === JSON.stringify(schema.default);
    const { written: _, ...unsure } = other;
    into.set(key, {
      ...(same ? other : unsure),
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
    fromFile: schema.secret === true || schema.fromFile === true,
    description: schema.description ?? '',
    ...(schema.keepsPath && { keepsPath: true }),
    ...(schema.mayBeGone && { mayBeGone: true }),
    ...(schema.default !== undefined && { written: schema.default }),
  });
}

function leafType(variants: readonly JsonSchema[]): Leaf['type'] {
  const types = new Set(variants.flatMap((variant) => variant.type ?? []));
  if (types.has('array')) return 'list';
  if (types.has('string')) return 'string';
  if (types.has('number') || types.has('integer')) return 'number';
  return types.has('boolean') ? 'boolean' : 'string';
}
