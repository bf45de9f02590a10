// What this program starts for its user sees no secret that it was given: real pagers and editors that write down theirs.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { page } from '../../src/assembly/pager.ts';
import { openServiceManager } from '../../src/assembly/service-manager.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { openEditedFile } from '../../src/terminal/editor.ts';
import { until } from '../until.ts';
import { temporary } from './installed-program.ts';

const secrets = {
  MINIMON_TOKEN: 'mm_SECRET_1',
  MINIMON_STORE_TOKEN: 'SECRET-2',
  MINIMON_AGENT_JOIN_TOKEN: 'SECRET-3',
  MINIMON_TLS_KEY: 'SECRET-4',
  MINIMON_CATALOG_PASSWORD: 'SECRET-5',
  MINIMON_WARN_HEARTBEAT_URL: 'https://hooks.example/SECRET-6',
};
const kept = { MINIMON_TOKEN_FILE: '/etc/minimon/me.token', MINIMON_PROFILE: 'prod', LANG: 'C.UTF-8' };
const environment = { PATH: process.env['PATH'], ...secrets, ...kept };

function checkEnvironment(path: string) {
  const seen = readFileSync(path, 'utf8');
  assert.doesNotMatch(seen, /SECRET/);
  for (const [name, value] of Object.entries(kept)) assert.ok(seen.includes(`${name}=${value}\n`), name);
}

test('a pager gets the environment without secrets', async () => {
  const seen = join(temporary('pager'), 'seen');
  assert.equal(await page(`env > ${seen}; cat > /dev/null`, 'text', environment), true);
  checkEnvironment(seen);
});

test('so does an editor', async () => {
  const folder = temporary('editor');
  const script = join(folder, 'editor.sh');
  writeFileSync(script, `env > ${join(folder, 'seen')}\n`);
  const file = await openEditedFile('rule.yaml', { ...environment, EDITOR: `sh ${script}` });
  await file.write('');
  await file.edit();
  await file.remove();
  checkEnvironment(join(folder, 'seen'));
});

test('systemd-notify gets where to send alone', async () => {
  const folder = temporary('notify');
  const seen = join(folder, 'seen');
  const script = `#!/bin/sh\nenv > ${seen}.new\nmv ${seen}.new ${seen}\n`;
  writeFileSync(join(folder, 'systemd-notify'), script, { mode: 0o755 });
  openServiceManager({
    environment: {
      ...{ ...environment, NOTIFY_SOCKET: '/run/systemd/notify' },
      PATH: `${folder}:${environment.PATH}`,
    },
    ...{ clock: systemClock, logger: silentLogger },
  }).ready();
  await until('it was started', () => existsSync(seen));
  const text = readFileSync(seen, 'utf8');
  assert.match(text, /^NOTIFY_SOCKET=\/run\/systemd\/notify$/m);
  assert.doesNotMatch(text, /MINIMON/);
});
