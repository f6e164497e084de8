/** The console as an operator has it: a real browser on a real system, started by the supervisor. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { findChromium, type OpenedPage, openPage } from './browser.ts';
import { TestSystem } from './system.ts';

const chromium = findChromium();
const skip = 'missing' in chromium ? chromium.missing : false;
const executable = 'path' in chromium ? chromium.path : '';

let system: TestSystem;

before(async () => {
  if (skip !== false) return;
  system = await TestSystem.start({}, { console: true });
});

/** Opens a place of the console; at the end nothing may have been complained of. */
async function onConsole(
  path: string,
  look: (page: Page) => Promise<void>,
  options: Parameters<typeof openPage>[1] = {},
): Promise<void> {
  const opened: OpenedPage = await openPage(executable, options);
  try {
    await opened.page.goto(`${system.consoleUrl}${path}`);
    await look(opened.page);
    assert.deepEqual(opened.complaints, []);
  } finally {
    await opened.page.context().close();
  }
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core finds that keeps people out. */
async function barriers(page: Page): Promise<string[]> {
  // Put in by the test, from outside: the page's own policy lets no such script in.
  await page.evaluate(axe);
  const found: unknown = await page.evaluate(
    `axe.run(document).then(({ violations }) => violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + ' ' + target.join(' ') + ': ' + failureSummary)))`,
  );
  return Array.isArray(found) ? found.map(String) : [String(found)];
}

describe('the console', { skip }, () => {
  test('shows the floor: every process of the walk, ready', async () => {
    await onConsole('/', async (page) => {
      await page.getByRole('button', { name: /^eventstoresvc Ready/ }).waitFor();
      await page.getByText('All is well').waitFor();
      assert.deepEqual(await barriers(page), []);
    });
  });
});
