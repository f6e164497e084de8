/** Code blocks that quote a file of this repository: `<!-- file: PATH -->` and a fence. `--write` copies the files in. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const quotation = /(<!-- file: (\S+) -->\n```\w*\n)[^]*?(```\n)/g;

/** The page with every quotation as its file is now. Throws when a file does not exist. */
export function withFiles(page: string): string {
  return page.replaceAll(
    quotation,
    (_, before: string, path: string, after: string) => before + readFileSync(join(root, path), 'utf8') + after,
  );
}

/** How many files a page quotes. */
export function quotations(page: string): number {
  return [...page.matchAll(quotation)].length;
}

if (import.meta.main && process.argv.includes('--write')) {
  const path = join(root, 'docs', 'your-own-worker.md');
  writeFileSync(path, withFiles(readFileSync(path, 'utf8')));
}
