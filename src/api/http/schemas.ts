// Shapes as zod schemas for HTTP: they validate requests and describe the OpenAPI document.
import { z } from 'zod';
import { didYouMean, didYouMeanKey } from '../../domain/did-you-mean.ts';
import { ExpectedError } from '../../domain/errors.ts';
import type { Field, Kind, Shape } from '../shapes.ts';
import { jsonKey, queryKey } from './json.ts';

const instant = z.string().meta({ format: 'date-time' });
const INSTANT = 'RFC 3339';

function schemaOf(kind: Kind): z.ZodType {
  switch (kind.is) {
    case 'text':
      return z.string();
    case 'int':
      return z.int();
    case 'number':
      return z.number();
    case 'flag':
      return z.boolean();
    case 'time':
      return instant;
    case 'duration':
      return z.int().nonnegative();
    case 'enum':
      return z.enum(kind.values);
    case 'texts':
      return z.record(z.string(), z.string());
    case 'counts':
      return z.partialRecord(z.enum(kind.keys), z.int());
    case 'ints':
      return z.array(z.int());
    case 'gaps':
      return z.array(z.number().nullable());
    case 'hostIds':
      return z.array(z.string());
    case 'list':
      return kind.nonEmpty ? z.array(schemaOf(kind.of)).min(1) : z.array(schemaOf(kind.of));
    case 'shape':
      return bodySchema(kind.shape);
  }
}

/** The same in a query string, where all is text: lists and maps are given several times. */
function querySchemaOf(kind: Kind): z.ZodType {
  switch (kind.is) {
    case 'int':
    case 'duration':
      return wholeNumber;
    case 'flag':
      return flag;
    case 'texts':
      return repeated.transform(labelsOf);
    case 'hostIds':
    case 'list':
      return repeated;
    default:
      return schemaOf(kind);
  }
}

function aboutOf({ kind, about = '' }: Field): string {
  if (kind.is === 'time') return about === '' ? INSTANT : `${INSTANT}; ${about}`;
  return about === '' && kind.is === 'duration' ? 'Milliseconds' : about;
}

function objectOf(
  shape: Shape,
  key: (name: string, kind: Kind) => string,
  of: (kind: Kind) => z.ZodType,
): z.ZodObject {
  const fields = Object.entries(shape).map(([name, field]) => {
    const about = aboutOf(field);
    const mayLack = field.optional || field.fallback !== undefined;
    const schema = mayLack ? of(field.kind).optional() : of(field.kind);
    return [key(name, field.kind), about === '' ? schema : schema.describe(about)] as const;
  });
  return z.strictObject(Object.fromEntries(fields));
}

export const bodySchema = (shape: Shape): z.ZodObject => objectOf(shape, jsonKey, schemaOf);
export const querySchema = (shape: Shape): z.ZodObject => objectOf(shape, queryKey, querySchemaOf);

/** `mount=/var` and the like; a value may hold `=` itself. */
function labelsOf(pairs: readonly string[]): Record<string, string> {
  const entries = pairs.map((pair) => {
    const cut = pair.indexOf('=');
    if (cut > 0) return [pair.slice(0, cut), pair.slice(cut + 1)] as const;
    throw new ExpectedError('BAD_REQUEST', `label ${JSON.stringify(pair)} is not of the form name=value`, {
      hint: 'For example label=mount=/var.',
    });
  });
  const twice = entries.find(([name], i) => entries.findIndex((other) => other[0] === name) < i);
  if (twice) {
    throw new ExpectedError('BAD_REQUEST', `label ${JSON.stringify(twice[0])} is given twice`, {
      hint: 'A label has one value: ask once for each.',
    });
  }
  return Object.fromEntries(entries);
}

/** In a query string: `host=a&host=b`. */
const repeated = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => (typeof value === 'string' ? [value] : value));
/** A whole number in a query string. */
const wholeNumber = z
  .string()
  .regex(/^\d{1,15}$/, 'must be a whole number')
  .transform(Number);
const flag = z.enum(['true', 'false', '1', '0', '']).transform((value) => value !== 'false' && value !== '0');

const errorAnswer = z.strictObject({
  error: z.strictObject({
    code: z.string().describe('One of the closed table in docs/errors.md'),
    message: z.string(),
    hint: z.string().optional().describe('What to do next'),
  }),
});

/** The value as the schema reads it, or BAD_REQUEST naming the invalid key (and the nearest one that exists). */
export function readRequest<Schema extends z.ZodObject>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const known = Object.keys(schema.shape);
  if (issue?.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    throw new ExpectedError('BAD_REQUEST', `unknown key ${JSON.stringify(key)}`, {
      hint: didYouMeanKey(key, known, `It takes ${known.join(', ')}.`),
    });
  }
  const where = issue?.path.join('.') || 'the request';
  const given = issue?.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown>)?.[key], value);
  // The library's own words for these are about its types.
  if (issue?.code === 'invalid_type' && given === undefined && issue.path.length > 0) {
    throw new ExpectedError('BAD_REQUEST', `${where} is missing`, {
      hint: 'GET /openapi.json describes every request.',
    });
  }
  if (issue?.code === 'invalid_value' && typeof given === 'string') {
    const values = issue.values.map(String);
    const text = `${where} cannot be ${JSON.stringify(given.slice(0, 40))}, only ${values.join(', ')}`;
    throw new ExpectedError('BAD_REQUEST', text, {
      hint: didYouMean(given, values, 'GET /openapi.json describes every request.'),
    });
  }
  throw new ExpectedError('BAD_REQUEST', `${where}: ${issue?.message ?? 'is not valid'}`, {
    hint: 'GET /openapi.json describes every request.',
  });
}

type RouteSchemas = {
  readonly summary: string;
  readonly querystring?: z.ZodType;
  readonly params?: z.ZodType;
  readonly body?: z.ZodType;
  readonly answer: z.ZodType;
  readonly failure?: z.ZodType;
};

/** The schemas of a route as fastify's swagger reads them. */
export function describeRoute({ summary, answer, failure = errorAnswer, ...inputs }: RouteSchemas) {
  const requests = Object.entries(inputs).map(([part, schema]) => [part, jsonSchema(schema, 'input')]);
  return {
    summary,
    ...Object.fromEntries(requests),
    response: {
      200: { description: 'The answer', ...jsonSchema(answer, 'output') },
      default: { description: 'What went wrong', ...jsonSchema(failure, 'output') },
    },
  };
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
}
