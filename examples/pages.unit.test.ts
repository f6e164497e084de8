/** The pages say what is so: links lead somewhere, quoted code, functions, commands and messages are those of the code. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, test } from 'node:test';
import { fulfilment, fulfilmentDefaults } from '@eventstream/domain';
import { sagaDiagram } from '@eventstream/saga';
import { quotations, withFiles } from './quoted-files.ts';

const root = join(import.meta.dirname, '..');
const exclude = (name: string): boolean => name === 'node_modules' || name.startsWith('.eventstream');
const find = (...patterns: string[]): string[] => globSync(patterns, { cwd: root, exclude });
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const pages = find('*.md', 'docs/**/*.md', 'examples/**/*.md', 'services/*/README.md');
const sources = find('{packages,services,cli}/**/*.ts', 'tools/*.mjs')
  .filter((path) => !path.includes('.test.') && !path.includes('/gen/'))
  .map(read)
  .join('\n')
  // A long message stands over several lines, joined by `' +`.
  .replaceAll(/['`]\s*\+\s*['`]/g, '');

/** A heading as its address within a page. */
function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
}

function matches(text: string, pattern: RegExp): RegExpExecArray[] {
  return [...text.matchAll(pattern)];
}

test('there are pages to check, and sources to check them against', () => {
  assert.ok(pages.length >= 40, `${pages.length} pages`);
  assert.ok(sources.length > 500_000, `${sources.length} characters of sources`);
});

describe('every link leads to a file, and to a heading if it names one:', () => {
  for (const page of pages)
    test(page, () => {
      for (const [, target = ''] of matches(read(page), /\]\(([^)\s]+)\)/g)) {
        if (/^[a-z]+:/.test(target)) continue;
        const [path = '', heading] = target.split('#');
        const file = path === '' ? page : relative(root, join(root, dirname(page), path));
        assert.ok(existsSync(join(root, file)), `${target} does not exist`);
        if (heading === undefined) continue;
        const headings = matches(read(file), /^#+ (.+)$/gm).map(([, text = '']) => slug(text));
        assert.ok(headings.includes(heading), `${file} has no heading #${heading}`);
      }
    });
});

test('the walk has ten steps, and every function that it names is in the file it names', () => {
  const walk = read('docs/walk.md');
  assert.equal(matches(walk, /^\| \d+ \|/gm).length, 10);
  const named = matches(walk, /\]\(\.\.\/([^)]+\.ts)\) `(\w+)`/g);
  assert.ok(named.length >= 10);
  for (const [, file = '', name = ''] of named)
    assert.match(read(file), new RegExp(`(function|class|const) ${name}\\b`), `${file} has no ${name}`);
});

test('code blocks that quote a file are as the file is', () => {
  const page = read('docs/your-own-worker.md');
  assert.equal(quotations(page), 5);
  assert.equal(page, withFiles(page), 'node examples/quoted-files.ts --write brings them up to date');
});

test('the diagram of the saga is the one that the command prints', () => {
  assert.ok(read('docs/state-machines.md').includes(sagaDiagram(fulfilment(fulfilmentDefaults)).trim()));
});

test('every command that a page names exists', () => {
  const commands = new Set([
    ...matches(sources, /new Command\('([a-z-]+)'\)/g).map(([, name]) => name),
    ...find('services/*').map((folder) => folder.slice('services/'.length)),
    'bootstrap',
    'COMMAND',
  ]);
  const pagesOfOurs = pages.filter((page) => !page.startsWith('CHANGELOG'));
  let found = 0;
  for (const page of pagesOfOurs)
    for (const [, name = ''] of matches(read(page), /(?:npx |`)eventstream ([A-Za-z-]+)/g)) {
      assert.ok(commands.has(name), `${page}: there is no command "eventstream ${name}"`);
      found += 1;
    }
  assert.ok(found >= 30);
});

test('every message in the table of troubles is one that the code prints', () => {
  const symptoms = matches(read('docs/troubleshooting.md'), /^\| (`.+?) \|/gm).map(([, cell = '']) => cell);
  assert.ok(symptoms.length >= 20);
  for (const symptom of symptoms)
    for (const [, message = ''] of matches(symptom, /`([^`]+)`/g))
      for (const part of message.split('…').map((text) => text.trim()))
        assert.ok(part.length < 8 || sources.includes(part), `no code prints "${part}"`);
});

describe('every test that is named as proof is in the file it is said to be in:', () => {
  const atLeast = { 'docs/proof.md': 50, 'docs/faults-found.md': 80, 'docs/faults-of-the-seed.md': 44 };
  for (const [page, least] of Object.entries(atLeast))
    test(page, () => {
      const named = matches(read(page), /`([\w./-]+\.ts)` › ([^|\n]+?) *(?:\||$|; (?=`))/gm);
      assert.ok(named.length >= least, `${named.length} tests are named`);
      assert.deepEqual(
        named.map(([, file = '', name = '']) => `${file} › ${name}`).filter((line) => !isThere(line)),
        [],
      );
    });
});

function isThere(line: string): boolean {
  const [file = '', name = ''] = line.split(' › ');
  return existsSync(join(root, file)) && read(file).includes(name);
}
