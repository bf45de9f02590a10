// The tables of calls and the .proto files say the same, and nothing of a shape is lost on either wire.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analyzeApi } from '../../src/api/analyze.ts';
import { type Api, rpcName } from '../../src/api/calls.ts';
import { protoOf } from '../../src/api/grpc/codec.ts';
import { loadApi } from '../../src/api/grpc/proto.ts';
import { jsonOf } from '../../src/api/http/json.ts';
import { bodySchema } from '../../src/api/http/schemas.ts';
import { manageApi } from '../../src/api/manage.ts';
import type { Kind, Shape } from '../../src/api/shapes.ts';
import { warnApi } from '../../src/api/warn.ts';
import { snakeCase } from '../../src/domain/names.ts';

/** The seed's calls have their own requests and answers. */
const SEED = ['FindRecordsByLocation', 'InsertAHost', 'FindAllHost', 'UpdateHostMsg', 'FindNotManagedHosts'];

/** Every field, with a value; only what must be there; what must be there and every empty value that differs from none. */
const VARIANTS = ['full', 'bare', 'empty'] as const;
type Variant = (typeof VARIANTS)[number];

function sampleOf(kind: Kind, variant: Variant): unknown {
  const full = variant === 'full';
  switch (kind.is) {
    case 'text':
      return full ? '机房 7/25' : '';
    case 'number':
      return full ? 5e-324 : 0;
    case 'int':
      return full ? 7 : 0;
    case 'time':
      return full ? 1_772_366_400_123 : 0;
    case 'duration':
      return full ? 60_000 : 0;
    case 'flag':
      return full;
    case 'enum':
      return kind.values.at(full ? -1 : 0);
    case 'texts':
      return full ? { mount: '/=', b: '' } : {};
    case 'counts':
      return full ? { [kind.keys[1]!]: 2 } : {};
    case 'ints':
      return full ? [0, 1_772_366_400_123] : [];
    case 'gaps':
      return full ? [0.1 + 0.2, null, -1.5] : [];
    case 'hostIds':
      return full ? ['a', '𠮷'] : [];
    case 'list':
      return full || kind.nonEmpty ? [sampleOf(kind.of, variant), sampleOf(kind.of, 'bare')] : [];
    case 'shape':
      return objectOf(kind.shape, variant);
  }
}

/** Left out of a protobuf message, these read as their empty value. */
const WITHOUT_PRESENCE: readonly Kind['is'][] = ['list', 'ints', 'gaps', 'texts', 'counts', 'flag'];

function objectOf(shape: Shape, variant: Variant): Record<string, unknown> {
  const fields = Object.entries(shape).flatMap(([name, { kind, optional }]) => {
    if (optional && variant === 'bare') return [];
    if (optional && variant === 'empty' && WITHOUT_PRESENCE.includes(kind.is)) return [];
    return [[name, sampleOf(kind, variant)] as const];
  });
  return Object.fromEntries(fields);
}

type ProtoMessage = {
  readonly type: { readonly name: string; readonly field: readonly { readonly name: string }[] };
};

for (const api of [analyzeApi, manageApi, warnApi] as readonly Api[]) {
  const definition = loadApi(api);
  const calls = Object.entries(api.calls);

  test(`${api.daemon}: the table has the calls of the .proto`, () => {
    const ours = calls.map(([name, call]) => rpcName(name, call));
    const theirs = Object.keys(definition).filter((name) => !SEED.includes(name));
    assert.deepEqual(ours.sort(), theirs.sort());
  });

  for (const [name, call] of calls) {
    const method = definition[rpcName(name, call)] as (typeof definition)[string] & {
      requestType: ProtoMessage;
      responseType: ProtoMessage;
    };

    test(`${api.daemon}: ${name} has the fields of its messages`, () => {
      assert.equal(method.responseStream, call.stream !== undefined);
      for (const [shape, { type }] of [
        [call.request, method.requestType],
        [call.answer, method.responseType],
      ] as const) {
        assert.deepEqual(
          Object.keys(shape).map(snakeCase).sort(),
          type.field.map((field) => field.name).sort(),
          type.name,
        );
      }
    });

    test(`${api.daemon}: ${name} loses nothing over protobuf and JSON`, () => {
      for (const variant of VARIANTS) {
        const [request, answer] = [objectOf(call.request, variant), objectOf(call.answer, variant)];
        const sent = method.requestSerialize(protoOf(call.request).write(request));
        assert.deepEqual(protoOf(call.request).read(method.requestDeserialize(sent)), request, variant);
        const said = method.responseSerialize(protoOf(call.answer).write(answer));
        assert.deepEqual(protoOf(call.answer).read(method.responseDeserialize(said)), answer, variant);
        for (const [shape, object] of [
          [call.request, request],
          [call.answer, answer],
        ] as const) {
          const json = JSON.parse(JSON.stringify(jsonOf(shape).write(object))) as unknown;
          assert.deepEqual(bodySchema(shape).parse(json), json, variant);
          assert.deepEqual(jsonOf(shape).read(json), object, variant);
        }
      }
    });
  }
}
