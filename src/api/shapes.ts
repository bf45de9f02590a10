// Message schemas, defined once: the fields of each message. Types, JSON, protobuf and OpenAPI are derived from them.
import { DEFAULT_PAGE_LIMIT, MAX_PAGE_LIMIT } from '../domain/page-cursor.ts';

/** The kinds of values. `time` is an instant: `_ms` in protobuf and in code, RFC 3339 under `_at` in JSON. */
export type Kind =
  | { readonly is: 'text' | 'int' | 'number' | 'flag' | 'time' | 'duration' }
  | {
      readonly is: 'enum';
      readonly values: readonly string[];
      /** protobuf's names are `PREFIX_VALUE`; PREFIX_UNSPECIFIED is no value. */
      readonly prefix: string;
      /** What a value of a later version is read as; without it such a value is an error. */
      readonly otherwise?: string;
    }
  /** `map<string, string>` */
  | { readonly is: 'texts' }
  /** `map<string, uint32>` over a closed list of keys. */
  | { readonly is: 'counts'; readonly keys: readonly string[] }
  /** Arrays of numbers, passed by reference; in `gaps` null is a missing value (NaN in protobuf). */
  | { readonly is: 'ints' | 'gaps' }
  /** A list of texts whose absence differs from its emptiness: a message HostIds in protobuf. */
  | { readonly is: 'hostIds' }
  | { readonly is: 'list'; readonly of: Kind; readonly nonEmpty?: boolean }
  | { readonly is: 'shape'; readonly shape: Shape };

export type Field<T = unknown, Optional extends boolean = boolean> = {
  readonly kind: Kind;
  readonly optional: Optional;
  /** For OpenAPI. */
  readonly about?: string;
  /** In JSON requests the field may be left out; then it is this. `given` are the fields that were not. */
  readonly fallback?: (nowMs: number, given: { readonly stopMs?: number }) => number;
  readonly type?: T;
};

/** The fields of a message under their names in code; on a wire they are in snake case. */
export type Shape = Readonly<Record<string, Field>>;

type Value<F> = F extends Field<infer T> ? T : never;
type Flat<T> = { [K in keyof T]: T[K] };
/** The type of a shape's objects in code. */
export type Infer<S extends Shape> = Flat<
  { readonly [K in keyof S as S[K]['optional'] extends true ? never : K]: Value<S[K]> } & {
    readonly [K in keyof S as S[K]['optional'] extends true ? K : never]?: Value<S[K]>;
  }
>;

const field = <T>(kind: Kind, about?: string): Field<T, false> => ({
  kind,
  optional: false,
  ...(about !== undefined && { about }),
});

export const text = (about?: string) => field<string>({ is: 'text' }, about);
export const int = (about?: string) => field<number>({ is: 'int' }, about);
export const number = (about?: string) => field<number>({ is: 'number' }, about);
export const flag = (about?: string) => field<boolean>({ is: 'flag' }, about);
export const time = (about?: string) => field<number>({ is: 'time' }, about);
export const duration = (about?: string) => field<number>({ is: 'duration' }, about);
export const texts = (about?: string) => field<Readonly<Record<string, string>>>({ is: 'texts' }, about);
export const ints = (about?: string) => field<readonly number[]>({ is: 'ints' }, about);
export const gaps = (about?: string) => field<readonly (number | null)[]>({ is: 'gaps' }, about);
export const hostIds = (about?: string) => field<readonly string[]>({ is: 'hostIds' }, about);

export const oneOf = <const V extends string>(
  values: readonly V[],
  prefix: string,
  { about, otherwise }: { readonly about?: string; readonly otherwise?: NoInfer<V> } = {},
) => field<V>({ is: 'enum', values, prefix, ...(otherwise !== undefined && { otherwise }) }, about);

export const counts = <const K extends string>(keys: readonly K[], about?: string) =>
  field<Readonly<Partial<Record<K, number>>>>({ is: 'counts', keys }, about);

export const one = <S extends Shape>(shape: S, about?: string) =>
  field<Infer<S>>({ is: 'shape', shape }, about);

type ListOptions = { readonly about?: string; readonly nonEmpty?: boolean };
export const list = <T>(of: Field<T>, { about, nonEmpty = false }: ListOptions = {}) =>
  field<readonly T[]>({ is: 'list', of: of.kind, nonEmpty }, about);
export const listOf = <S extends Shape>(shape: S, options?: ListOptions) => list(one(shape), options);

/** `optional` in protobuf, or a list, map or flag whose empty value means the same. */
export const optional = <T>(one: Field<T>): Field<T, true> => ({ ...one, optional: true });

/** Callers in code and over gRPC give the time; in a JSON request it may be left out. */
export const timeOr = (about: string, fallback: NonNullable<Field['fallback']>): Field<number, false> => ({
  ...time(about),
  fallback,
});

// Fields that several services have.
/** Lists: at most `limit` entries, on from `cursor`. */
export const page = {
  limit: optional(int(`Entries on a page: 1 to ${MAX_PAGE_LIMIT}, ${DEFAULT_PAGE_LIMIT} by default`)),
  cursor: optional(text('next_cursor of the previous page, unchanged')),
};
export const nextCursor = optional(text('Absent on the last page'));
export const warnings = list(text(), { about: 'Warnings to show to the user' });
export const hostId = text('1 to 128 bytes of printable Unicode');
export const actor = optional(text('Name for the audit log'));
export const dryRun = optional(flag('Returns what would change, and changes nothing'));
export const labels = texts('Label names and values');

/** How a wire writes names and values. A value that has no entry goes as it is. */
export type Wire = {
  key(name: string, kind: Kind): string;
  write(kind: Kind, name: string): ((value: never) => unknown) | undefined;
  read(kind: Kind, name: string): ((value: never) => unknown) | undefined;
  /** Whether what was read means that the field is absent. */
  isAbsent(value: unknown, kind: Kind): boolean;
};

export type Codec = { write(value: unknown): Record<string, unknown>; read(value: unknown): unknown };

type Step = {
  readonly name: string;
  readonly key: string;
  readonly field: Field;
  readonly write: ((value: unknown) => unknown) | undefined;
  readonly read: ((value: unknown) => unknown) | undefined;
};

/** The codecs of a wire: each shape's is made when it is first used. */
export function codecs(wire: Wire): (shape: Shape) => Codec {
  const made = new WeakMap<Shape, Codec>();

  function convert(direction: 'read' | 'write', kind: Kind, name: string): Step['write'] {
    if (kind.is === 'shape') return (value) => codecOf(kind.shape)[direction](value);
    if (kind.is !== 'list') return wire[direction](kind, name) as Step['write'];
    const each = convert(direction, kind.of, name);
    return each && ((values) => (values as unknown[]).map((value) => each(value)));
  }

  function make(shape: Shape): Codec {
    const steps = Object.entries(shape).map(
      ([name, field]): Step => ({
        name,
        key: wire.key(name, field.kind),
        field,
        write: convert('write', field.kind, name),
        read: convert('read', field.kind, name),
      }),
    );
    return {
      write(value) {
        const from = value as Record<string, unknown>;
        const to: Record<string, unknown> = {};
        for (const { name, key, write } of steps) {
          const one = from[name];
          if (one !== undefined) to[key] = write ? write(one) : one;
        }
        return to;
      },
      read(value) {
        const from = value as Record<string, unknown>;
        const to: Record<string, unknown> = {};
        for (const { name, key, field, read } of steps) {
          const one = from[key];
          if (one === undefined || one === null) continue;
          if (field.optional && wire.isAbsent(one, field.kind)) continue;
          const inCode = read ? read(one) : one;
          if (inCode !== undefined) to[name] = inCode;
        }
        return to;
      },
    };
  }

  function codecOf(shape: Shape): Codec {
    let codec = made.get(shape);
    if (!codec) {
      codec = make(shape);
      made.set(shape, codec);
    }
    return codec;
  }
  return codecOf;
}
