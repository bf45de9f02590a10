// Paths that the documents name exist, and so do the commands.
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

const pages = ['README.md', 'CONTRIBUTING.md', ...globSync('docs/**/*.md')];

test('every path in the documents exists', () => {
  const missing = pages.flatMap((page) => {
    const text = readFileSync(page, 'utf8');
    const paths = [...text.matchAll(/`((?:src|test|bench|docs|proto|docker|bin|packaging)\/[\w./-]+)`/g)].map(
      (match) => match[1]!,
    );
    const links = [...text.matchAll(/\]\((?!http)([^)#]+)/g)].map((match) => join(dirname(page), match[1]!));
    return [...paths, ...links].filter((path) => !existsSync(path)).map((path) => `${page}: ${path}`);
  });
  assert.deepEqual(missing, []);
});

test('every minimon command in the documents exists', () => {
  const known = globSync('src/commands/**/*.ts').map((path) =>
    path.slice('src/commands/'.length, -3).split('/'),
  );
  const isCommand = (words: readonly string[]) =>
    known.some((command) => command.every((word, i) => words[i] === word)) ||
    known.some((command) => words.length === 1 && command[0] === words[0]);
  const wrong = pages.flatMap((page) =>
    [...readFileSync(page, 'utf8').matchAll(/^(?:\$ )?(?:npx )?minimon ([a-z][\w -]*)/gm)]
      .map((match) => match[1]!.trim().split(/\s+/))
      .filter((words) => !isCommand(words))
      .map((words) => `${page}: minimon ${words.join(' ')}`),
  );
  assert.deepEqual(wrong, []);
});

test('the map names every room, and no file that is not there', () => {
  const map = readFileSync('docs/layout.md', 'utf8');
  const rooms = globSync('src/*/').map((path) => path.replace(/\/$/, ''));
  assert.deepEqual(
    rooms.filter((room) => !map.includes(`| \`${room}\` |`)),
    [],
  );
  const missing = [...map.matchAll(/^\*\*`(src\/[\w/]+)`\*\*(.*?)(?=^\*\*`|^## )/gms)].flatMap(
    ([, room, text]) =>
      [...text!.matchAll(/`([a-z][a-z/-]+)`/g)]
        .map((match) => `${room}/${match[1]}`)
        .filter((path) => !existsSync(`${path}.ts`) && !existsSync(path.replace(/\/$/, ''))),
  );
  assert.deepEqual(missing, []);
});
