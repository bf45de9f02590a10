// How routes describe and read their requests and answers: zod schemas, shown as JSON Schema in the OpenAPI document.
import { z } from 'zod';
import { ExpectedError } from '../../domain/errors.ts';
import { didYouMean } from '../../domain/names.ts';
import { MAX_PAGE_LIMIT } from '../../domain/page-cursor.ts';

export const idText = z.string().describe('1 to 128 bytes of printable Unicode');
export const instant = z
  .string()
  .meta({ format: 'date-time' })
  .describe('RFC 3339; answers are in UTC with milliseconds');
export const milliseconds = z.int().nonnegative().describe('Milliseconds');
export const labels = z.record(z.string(), z.string()).describe('Label names and values');
export const warnings = z.array(z.string()).describe('Sentences that a reader should see');

/** In a query string: `host=a&host=b`. */
export const repeated = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => (typeof value === 'string' ? [value] : value));
/** A whole number in a query string. */
export const wholeNumber = z
  .string()
  .regex(/^\d{1,15}$/, 'must be a whole number')
  .transform(Number);
export const flag = z
  .enum(['true', 'false', '1', '0', ''])
  .transform((value) => value !== 'false' && value !== '0');

export const pageQuery = {
  limit: wholeNumber.optional().describe(`Entries on a page: 1 to ${MAX_PAGE_LIMIT}, 1000 unless told`),
  cursor: z.string().optional().describe('next_cursor of the page before, as it came'),
};
export const nextCursor = z.string().optional().describe('Absent on the last page');

export const errorAnswer = z.strictObject({
  error: z.strictObject({
    code: z.string().describe('One of the closed table in docs/errors.md'),
    message: z.string(),
    hint: z.string().optional().describe('What to do next'),
  }),
});

/** The value as the schema reads it, or BAD_REQUEST naming the key at fault (and the nearest one that exists). */
export function readRequest<Schema extends z.ZodObject>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const known = Object.keys(schema.shape);
  if (issue?.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    throw new ExpectedError('BAD_REQUEST', `${JSON.stringify(key)} is not known here`, {
      hint: didYouMean(key, known, `Known are ${known.join(', ')}.`),
    });
  }
  const where = issue?.path.join('.') || 'the request';
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
