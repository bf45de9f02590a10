// The share of the queries of common node dashboards that is answered; what is refused is refused by its name.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openTwoDaemons, type TwoDaemons } from './two-daemons.ts';

const NOW_MS = Date.parse('2026-11-25T10:00:00.000Z');
const LEAST_SHARE = 0.9;

const lines = readFileSync(join(import.meta.dirname, 'fixtures/node-dashboard-queries.txt'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));
const refused = lines.flatMap((line) => {
  const [, name, text] = /^refused: (\w+): (.+)$/.exec(line) ?? [];
  return name !== undefined && text !== undefined ? [{ name, text }] : [];
});
const answered = lines.filter((line) => !line.startsWith('refused: '));

describe('queries of common node dashboards', () => {
  let system: TwoDaemons;
  before(async () => {
    system = await openTwoDaemons(NOW_MS);
  });
  after(() => system.stop());

  const ask = async (text: string) => {
    const end = NOW_MS / 1_000;
    const range = new URLSearchParams({ query: text, start: `${end - 3_600}`, end: `${end}`, step: '60' });
    const { status, body } = await system.get('analyze', `/api/v1/query_range?${range}`);
    return { status, error: (body as { error?: string }).error };
  };

  it('are answered, but for those that the list names', async () => {
    for (const text of answered) assert.deepEqual(await ask(text), { status: 200, error: undefined }, text);
    const share = answered.length / lines.length;
    assert.ok(share >= LEAST_SHARE, `${share} of ${lines.length}`);
  });

  for (const { name, text } of refused)
    it(`are refused with the name of ${name}`, async () => {
      const { status, error } = await ask(text);
      assert.equal(status, 400);
      assert.match(error!, new RegExp(`\\b${name}\\b`));
    });
});
