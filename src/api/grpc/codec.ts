// Shapes as the objects that proto-loader takes and gives. NaN is a window without samples, there and only there.
import { ExpectedError } from '../../domain/errors.ts';
import { snakeCase } from '../../domain/names.ts';
import { codecs, type Kind } from '../shapes.ts';

export const protoOf = codecs({
  key: snakeCase,
  write: writerOf,
  read: readerOf,
  isAbsent,
});

/** protobufjs writes what is no integer as 0: a time is checked before it goes out. */
function wholeMs(value: number, name: string): number {
  if (Number.isSafeInteger(value)) return value;
  const what = name.replace(/Ms$/, '');
  throw new ExpectedError('BAD_TIME', `${what} ${value} is not a whole number of milliseconds`);
}

function writerOf(kind: Kind, name: string): ((value: never) => unknown) | undefined {
  switch (kind.is) {
    case 'time':
    case 'duration':
      return (value: number) => wholeMs(value, name);
    case 'enum':
      return (value: string) => `${kind.prefix}_${value.toUpperCase()}`;
    case 'gaps':
      return (values: readonly (number | null)[]) => values.map((value) => value ?? Number.NaN);
    case 'hostIds':
      return (hostIds: readonly string[]) => ({ host_ids: hostIds });
    default:
      return undefined;
  }
}

function readerOf(kind: Kind, name: string): ((value: never) => unknown) | undefined {
  switch (kind.is) {
    case 'enum': {
      const values = new Map(kind.values.map((value) => [`${kind.prefix}_${value.toUpperCase()}`, value]));
      return (wire: string | number) => {
        const value = values.get(String(wire)) ?? kind.otherwise;
        if (value !== undefined) return value;
        throw new ExpectedError('BAD_REQUEST', `unknown ${name} ${wire}`, {
          hint: `It is one of ${kind.values.join(', ')}.`,
        });
      };
    }
    case 'counts':
      return (wire: Record<string, number>) =>
        Object.fromEntries(kind.keys.flatMap((key) => (wire[key] ? [[key, wire[key]]] : [])));
    case 'gaps':
      return (values: readonly number[]) => values.map((value) => (Number.isNaN(value) ? null : value));
    case 'hostIds':
      return (wire: { readonly host_ids: readonly string[] }) => wire.host_ids;
    default:
      return undefined;
  }
}

/** Lists, maps, flags and enums have no presence in protobuf: their empty value means absent. */
function isAbsent(value: unknown, kind: Kind): boolean {
  switch (kind.is) {
    case 'flag':
      return value === false;
    case 'enum':
      return value === `${kind.prefix}_UNSPECIFIED`;
    case 'list':
    case 'ints':
    case 'gaps':
      return (value as readonly unknown[]).length === 0;
    case 'texts':
    case 'counts':
      return Object.keys(value as object).length === 0;
    default:
      return false;
  }
}
