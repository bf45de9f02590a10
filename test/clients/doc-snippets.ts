// The snippets of docs/interop.md, so that what it tells people to paste is what is tried.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/interop.md'), 'utf8');
const PLACEHOLDER = 'http://minimon:8005';

/** The code under a heading, with the address of report in place of the one that it has. */
export function snippet(heading: string, address: string): string {
  const [, section] = PAGE.split(`\n## ${heading}\n`);
  const code = /^```\w+\n(.*?)^```$/ms.exec(section ?? '')?.[1];
  if (code === undefined) throw new Error(`docs/interop.md has no code under "${heading}"`);
  if (!code.includes(PLACEHOLDER))
    throw new Error(`the code under "${heading}" does not name ${PLACEHOLDER}`);
  return code.replaceAll(PLACEHOLDER, `http://${address}`);
}
