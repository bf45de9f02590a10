// The README's examples, run in the README's order: each command on a line with `$`, and each curl, ends well, and a
// table has the headings that the README shows.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Ended, installProgram, temporary } from '../assembly/installed-program.ts';
import { until } from '../until.ts';

/** In place of curl, with the flags that the README uses: another status than 2xx fails, as with `curl -f`. */
const CURL = `
const args = process.argv.slice(2);
const request = { headers: {} };
let url;
while (args.length > 0) {
  const arg = args.shift();
  if (arg === '-d') Object.assign(request, { method: 'POST', body: args.shift() });
  else if (arg === '-H') { const [name, value] = args.shift().split(': '); request.headers[name] = value; }
  else url = arg;
}
const answer = await fetch(url, request);
console.log(await answer.text());
process.exit(answer.ok ? 0 : 22);
`;

type Example = { readonly command: string; readonly shown: readonly string[] };

function examples(readme: string): readonly Example[] {
  return [...readme.matchAll(/^```\w*\n([\s\S]*?)^```$/gm)].flatMap(([, block]) => {
    const found: { command: string; shown: string[] }[] = [];
    for (const line of block!.trimEnd().split('\n')) {
      const command = line.startsWith('$ ') ? line.slice(2) : line.startsWith('curl ') ? line : undefined;
      if (command !== undefined) found.push({ command, shown: [] });
      else found.at(-1)?.shown.push(line);
    }
    return found;
  });
}

const isHeading = (line: string | undefined): line is string => /^[A-Z%/ ]+$/.test(line ?? '');

const TITLE = "the README's examples work in its order beside `up --simulate 40 --locations 3`";

/** Some forty starts of the built program: 15 s on a machine that has nothing else to do. */
test(TITLE, { timeout: 300_000 }, async (t) => {
  const program = installProgram();
  const folder = temporary('readme');
  const [minimon, curl] = ['minimon', 'curl'].map((name) => join(folder, name));
  writeFileSync(minimon!, `#!/bin/sh\nexec '${process.execPath}' '${program.script}' "$@"\n`);
  writeFileSync(`${curl}.mjs`, CURL);
  writeFileSync(curl!, `#!/bin/sh\nexec '${process.execPath}' '${curl}.mjs' "$@"\n`);
  for (const file of [minimon!, curl!]) chmodSync(file, 0o755);

  const readme = readFileSync('README.md', 'utf8');
  assert.match(readme, /npx minimon up --simulate 40 --locations 3$/m);
  const up = await program.startUp(join(folder, 'data'), [
    ...['--simulate', '40', '--locations', '3', '--host-id', 'vm', '--interval', '2s'],
  ]);
  const environment = {
    PATH: `${folder}:${process.env['PATH']}`,
    MINIMON_PORT_OFFSET: String(up.offset),
    COLUMNS: '200',
  };

  const reporting = async () =>
    (await program.shell('minimon hosts list --all --state reporting -o name', environment)).stdout.split(
      '\n',
    ).length;
  await until('the fleet and this host report', async () => (await reporting()) > 25, {
    withinMs: 50_000,
    seen: reporting,
  });

  /** It wants a terminal, and a key to end. */
  async function liveScreen(command: string): Promise<Ended> {
    const { child, screen } = program.openTerminal(`stty cols 80 rows 24; exec ${command}`, environment);
    await until('its picture', () => screen().includes('q quit'));
    child.stdin!.write('q');
    const [code] = await once(child, 'close');
    return { code, stdout: '', stderr: screen() };
  }

  const all = examples(readme);
  assert.ok(all.length >= 9, `${all.length} examples`);
  for (const { command, shown } of all) {
    const here = command.replace(
      /127\.0\.0\.1:(80[0-9]0)/g,
      (_, port) => `127.0.0.1:${Number(port) + up.offset}`,
    );
    const { code, stdout, stderr } =
      here === 'minimon top' ? await liveScreen(here) : await program.shell(here, environment);
    assert.equal(code, 0, `${command}: ${stderr}${stdout.slice(0, 300)}`);
    t.diagnostic(command);
    if (stdout && isHeading(shown[0]))
      assert.equal(
        stdout.split('\n')[0]!.trim().replace(/ +/g, ' '),
        shown[0].trim().replace(/ +/g, ' '),
        command,
      );
  }
});
