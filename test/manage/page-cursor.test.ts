// Cursors of pages: any id travels in one, and nothing else is taken for one.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { idError } from '../../src/domain/names.ts';
import { pageCursor, parsePageCursor } from '../../src/domain/page-cursor.ts';

const anyId = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
  .filter((id) => idError(id) === undefined);

describe('a page cursor', () => {
  it('brings any id back, only to its own list', () => {
    fc.assert(
      fc.property(anyId, (id) => {
        const cursor = pageCursor('hosts', id);
        assert.match(cursor, /^[A-Za-z0-9_-]+$/);
        assert.equal(parsePageCursor('hosts', cursor), id);
        assert.throws(() => parsePageCursor('reporting', cursor), { code: 'BAD_CURSOR' });
      }),
    );
  });

  it('is refused when it is any other text', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (text) => {
        assert.throws(() => parsePageCursor('hosts', text), { code: 'BAD_CURSOR' });
      }),
    );
  });

  it('may be absent or empty, which is the first page', () => {
    assert.equal(parsePageCursor('hosts', undefined), undefined);
    assert.equal(parsePageCursor('hosts', ''), undefined);
  });
});
