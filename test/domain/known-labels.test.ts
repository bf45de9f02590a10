// Labels of remote write that come again: the same object, never with what another series has, within their bound.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKnownLabels } from '../../src/wire/known-labels.ts';
import { createProtoWriter, type ProtoWriter } from '../../src/wire/protobuf.ts';
import { type RemoteSeries, readRemoteWrite1 } from '../../src/wire/remote-write.ts';

type Part = readonly [name: string, value: string] | number;

/** A request of one series; a number among the parts is a sample. */
function request(...parts: readonly Part[]): Uint8Array {
  const writer = createProtoWriter();
  const write = (part: Part, into: ProtoWriter) => {
    if (typeof part === 'number') {
      into.message(2, () => into.double(1, part));
      return;
    }
    into.message(1, () => {
      into.string(1, part[0]);
      into.string(2, part[1]);
    });
  };
  writer.message(1, () => {
    for (const part of parts) write(part, writer);
  });
  return writer.finish();
}

const known = createKnownLabels();
function read(...parts: readonly Part[]): RemoteSeries {
  const found: RemoteSeries[] = [];
  readRemoteWrite1(request(...parts), (series) => found.push(series), known);
  return found[0]!;
}

test('a series that comes again has the same labels, and its own samples', () => {
  const name = ['__name__', 'a'] as const;
  const first = read(name, ['host', 'ä'], 1);
  const second = read(name, ['host', 'ä'], 2);
  assert.equal(second.labels, first.labels);
  assert.deepEqual([...second.labels], [name, ['host', 'ä']]);
  assert.deepEqual([first.samples[0]!.value, second.samples[0]!.value], [1, 2]);
  assert.notEqual(read(name, ['host', 'b'], 1).labels, first.labels);
});

test('a label behind a sample is of that series alone', () => {
  const plain = read(['__name__', 'late'], 1);
  const more = read(['__name__', 'late'], 1, ['host', 'x']);
  assert.deepEqual([...more.labels.keys()], ['__name__', 'host']);
  const again = read(['__name__', 'late'], 2);
  assert.equal(again.labels, plain.labels);
  assert.deepEqual([...again.labels.keys()], ['__name__']);
  const fresh = read(['__name__', 'other'], 1, ['host', 'x']);
  assert.deepEqual([...fresh.labels.keys()], ['__name__', 'host']);
  assert.deepEqual([...read(['__name__', 'other'], 1).labels.keys()], ['__name__']);
});

test('a series that is refused is refused each time', () => {
  for (let i = 0; i < 2; i++) assert.match(read(['a', '1'], ['a', '2'], 1).error ?? '', /there twice/);
});

test('what was not seen for long is forgotten, the rest stays', () => {
  const few = createKnownLabels(30_000);
  const labels = new Map([['a', 'b']]);
  few.set('kept', labels);
  few.set('forgotten', labels);
  for (let i = 0; i < 100; i++) {
    few.set(`other ${i}`, labels);
    assert.equal(few.get('kept'), labels);
  }
  assert.equal(few.get('forgotten'), undefined);
  assert.equal(few.get('other 0'), undefined);
  assert.equal(few.get('other 99'), labels);
});
