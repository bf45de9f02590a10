// What daemons are told of tokens.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { openSqliteCatalog } from '../../src/catalog/sqlite.ts';
import { createTokenService } from '../../src/daemons/manage/tokens.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { directory, owned } from '../report/ticks.ts';

const DAY = 86_400_000;

test('a clock that is ahead hides no token from daemons once it is right again', async () => {
  let nowMs = Date.UTC(2026, 10, 25, 12);
  const clock = { ...systemClock, nowMs: () => nowMs };
  const path = join(directory(), 'catalog.sqlite');
  const { tokens, enrolments } = owned(await openSqliteCatalog({ path, logger: silentLogger, clock }));
  const service = createTokenService({ tokens, enrolments, clock, logger: silentLogger });
  for (const name of ['web-1', 'gone'])
    await service.createToken({ name, scopes: ['report:*'], endsMs: nowMs + DAY });
  await service.revokeToken({ name: 'gone' });
  nowMs += 40 * DAY;
  const ahead = await service.syncTokens({ used: [] });
  nowMs -= 40 * DAY;
  // Nothing is fetched again, as nothing was changed.
  assert.equal((await service.syncTokens({ version: ahead.version, used: [] })).changed, false);
  assert.deepEqual(
    ahead.tokens.map(({ name, endsMs }) => [name, endsMs]),
    [['web-1', nowMs + DAY]],
  );
});
