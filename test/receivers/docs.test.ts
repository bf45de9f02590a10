// docs/receivers.md: each kind has a section, and the options in it are options of that kind.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { KIND_NAMES, loadKind, optionsError } from '../../src/receivers/kinds.ts';

const page = readFileSync('docs/receivers.md', 'utf8');

for (const name of KIND_NAMES) {
  test(`the example of ${name} holds its options, and the text names each of them or shows it`, async () => {
    const section = page.split(/^## /m).find((text) => text.startsWith(`${name}\n`));
    assert.ok(section !== undefined, 'it has a section');
    const example = JSON.parse(/^```json\n(.*?)^```$/ms.exec(section)![1]!);
    const kind = await loadKind(name);
    assert.equal(optionsError(kind, example), undefined);
    const missing = Object.keys(kind.schema.shape).filter(
      (option) => !section.includes(option) && option !== 'tls' && option !== 'authorization',
    );
    assert.deepEqual(missing, []);
  });
}
