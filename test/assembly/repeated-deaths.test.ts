// A process that dies of the same thing over and over: the start after the third death holds, answers why, and tries again after a stop.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createHeld, openDeaths } from '../../src/assembly/repeated-deaths.ts';
import { silentLogger as logger } from '../../src/runtime/logging.ts';

async function opened(t: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), 'minimon-deaths-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  let nowMs = 1_000_000;
  // Opened anew for every look, as each process does.
  const deaths = () => openDeaths({ name: 'up', directory, logger, uptimeMs: () => nowMs });
  return {
    deaths,
    die: (reason: string, afterMs = 1_000) => {
      nowMs += afterMs;
      deaths().note(new Error(reason));
    },
    reboot: () => {
      nowMs = 5_000;
    },
  };
}

test('the third death of one kind within ten minutes makes the next start hold', async (t) => {
  const { deaths, die } = await opened(t);
  die('the writer thread of the store failed: out of memory at 1');
  die('the writer thread of the store failed: out of memory at 2');
  assert.equal(deaths().repeated(), undefined);
  die('the writer thread of the store failed: out of memory at 3');
  assert.match(deaths().repeated()!, /out of memory at 3/);
});

test('other deaths, older ones and those before a reboot do not count', async (t) => {
  const { deaths, die, reboot } = await opened(t);
  for (const reason of ['one', 'two', 'one']) die(reason);
  assert.equal(deaths().repeated(), undefined);
  die('one', 599_000);
  assert.equal(
    deaths().repeated(),
    undefined,
    'the first two are older than ten minutes, or of another kind',
  );
  for (const reason of ['one', 'one']) die(reason);
  assert.equal(deaths().repeated(), 'one');
  reboot();
  assert.equal(deaths().repeated(), undefined);
});

test('what is held answers probes with why and the way out, and a stop lets the next start try again', async (t) => {
  const { deaths, die } = await opened(t);
  for (let i = 0; i < 3; i++) die('the reader thread of the store failed');
  const probes = new Map([['persist', '127.0.0.1:0']]);
  const held = createHeld({ reason: deaths().repeated()!, deaths: deaths(), logger, probes });
  await held.start();
  const answer = await fetch(`http://${held.addresses()[0]}/readyz?verbose`);
  assert.equal(answer.status, 503);
  assert.match(
    await answer.text(),
    /on hold after 3 fatal errors .*the reader thread of the store failed.*restart this process/s,
  );
  await held.stop();
  assert.equal(deaths().repeated(), undefined);
});
