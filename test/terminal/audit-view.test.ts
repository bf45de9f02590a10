// Changes of the audit log in words: nothing that says nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changeText } from '../../src/terminal/audit-view.ts';

const text = (action: string, entry: Partial<Parameters<typeof changeText>[0]['entries'][number]>) =>
  changeText({
    ...{ id: 7, timeMs: 0, actor: 'ann', address: '' },
    entries: [{ action, subject: 'x', detail: {}, ...entry }],
  });

test('one change in words: where it went, what was, and what is known beside it', () => {
  assert.equal(text('host.move', { before: '725', after: '726' }), 'host.move x: 725 to 726');
  assert.equal(text('host.move', { after: '726' }), 'host.move x: no location to 726');
  assert.equal(text('rule.remove', { before: 'cpu.usage > 90' }), 'rule.remove x: was cpu.usage > 90');
  assert.equal(text('location.remove', { subject: '752', before: '752' }), 'location.remove 752');
  assert.equal(text('location.rename', { subject: '7', before: '7', after: '8' }), 'location.rename 7 to 8');
  const same = { before: 'cpu.usage > 90', after: 'cpu.usage > 90', detail: { source: '' } };
  assert.equal(text('rule.change', same), 'rule.change x', 'the severity was changed, say');
  const ended = { before: '2026-11-25T14:00:00Z', detail: { until: '2026-11-25T15:00:00Z' } };
  assert.equal(
    text('silence.expire', ended),
    'silence.expire x: was 2026-11-25T14:00:00Z (until=2026-11-25T15:00:00Z)',
  );
});
