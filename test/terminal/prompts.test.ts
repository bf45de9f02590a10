// Questions answered by real keys, and none without a terminal.
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { exitCodeOf } from '../../src/terminal/errors.ts';
import { createPrompts, locationChoices } from '../../src/terminal/prompts.ts';
import { until } from '../until.ts';

/** Streams that say they are terminals; `type` sends keys once the text it waits for is on the screen. */
function setUp({ stdinTTY = true, stdoutTTY = true, noInput = false } = {}) {
  const stdin = Object.assign(new PassThrough(), { isTTY: stdinTTY });
  const stdout = Object.assign(new PassThrough(), { isTTY: stdoutTTY, columns: 80 });
  let screen = '';
  stdout.on('data', (chunk) => {
    screen += chunk;
  });
  async function type(waitFor: RegExp, keys: string): Promise<void> {
    await until(`${waitFor} on the screen`, () => waitFor.test(screen), { seen: () => screen });
    screen = '';
    stdin.write(keys);
  }
  return {
    prompts: createPrompts({ stdin, stdout, noInput }),
    type,
    screen: () => screen,
    hangUp: () => stdin.end(),
  };
}

const DOWN = '\u001b[B';

test('without a terminal on either side nothing is asked and --yes is named', async () => {
  for (const streams of [{ stdinTTY: false }, { stdoutTTY: false }, { noInput: true }]) {
    const { prompts, screen } = setUp(streams);
    assert.equal(prompts.canAsk, false);
    const refusal = prompts.confirm({ action: 'remove 3 hosts' });
    await assert.rejects(refusal, (error: Error & { code?: string; hint?: string }) => {
      assert.equal(
        error.message,
        'this would remove 3 hosts and needs confirmation, but there is no terminal',
      );
      assert.match(error.hint ?? '', /--yes/);
      assert.equal(exitCodeOf(error), 2);
      return true;
    });
    const otherwise = 'Name the hosts.';
    await assert.rejects(prompts.pickHosts({ message: 'Which?', choices: [], otherwise }), {
      hint: otherwise,
    });
    await assert.rejects(prompts.pickOrTypeLocation({ message: 'Where?', locations: [], otherwise }), {
      code: 'NEEDS_CONFIRMATION',
    });
    assert.equal(screen(), '');
  }
});

test('a yes that was given beforehand needs no terminal', async () => {
  assert.equal(
    await setUp({ stdinTTY: false }).prompts.confirm({ action: 'remove 3 hosts', yes: true }),
    true,
  );
});

test('a question defaults to no', async () => {
  for (const [keys, answer] of [
    ['\r', false],
    ['y\r', true],
    ['n\r', false],
  ] as const) {
    const { prompts, type } = setUp();
    const asked = prompts.confirm({ action: 'remove web-1' });
    await type(/Remove web-1\?/, keys);
    assert.equal(await asked, answer, JSON.stringify(keys));
  }
});

test('Ctrl-C at a question is an interrupt, exit 130', async () => {
  const { prompts, type } = setUp();
  const asked = prompts.confirm({ action: 'remove web-1' });
  const failed = assert.rejects(asked, (error) => exitCodeOf(error) === 130);
  await type(/Remove web-1\?/, '\u0003');
  await failed;
});

test('a terminal that goes away ends the question', async () => {
  const { prompts, type, hangUp } = setUp();
  const asked = prompts.confirm({ action: 'remove web-1' });
  const failed = assert.rejects(asked, (error) => exitCodeOf(error) === 130);
  await type(/Remove web-1\?/, '');
  hangUp();
  await failed;
});

test('hosts are picked from a list that shows what is known of them, safely', async () => {
  const { prompts, type } = setUp();
  const picked = prompts.pickHosts({
    message: 'Which hosts?',
    choices: [
      { hostId: 'web-1', about: '10.0.0.1 \u001b[2Jevil' },
      { hostId: '机房-网关', checked: true },
      { hostId: 'web-3' },
    ],
    otherwise: '',
  });
  await type(/web-1 {2}10\.0\.0\.1 \\e\[2Jevil.*web-3/su, `${DOWN}${DOWN} \r`);
  assert.deepEqual(await picked, ['机房-网关', 'web-3']);
});

test('a location is picked or typed', async () => {
  const question = { message: 'Which location?', locations: ['725', '726', '机房二'], otherwise: '' };
  const first = setUp();
  const picked = first.prompts.pickOrTypeLocation({ ...question, suggested: '726' });
  await first.type(/726 {2}\(suggested\)/, '\r');
  assert.equal(await picked, '726');
  const second = setUp();
  const typed = second.prompts.pickOrTypeLocation(question);
  await second.type(/机房二/, '800');
  await second.type(/800 {2}\(new\)/, '\r');
  assert.equal(await typed, '800');
});

test('a name that breaks the rules is shown as such and cannot be chosen', () => {
  const [only] = locationChoices(['725'], { term: 'x'.repeat(200) });
  assert.match(only?.disabled ?? '', /200 bytes long; the limit is 128/);
  assert.deepEqual(
    locationChoices(['725', '726'], { term: '725' }).map((choice) => choice.value),
    ['725'],
  );
});
