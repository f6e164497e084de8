/** What makes a page of the console hard to read or keeps people out: mostly scripts for the browser, which answer where it is so, or nothing. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core finds that keeps people out. It is put in from outside: the page's own policy lets no such script in. */
export async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const found: unknown = await page.evaluate(
    `axe.run(document).then(({ violations }) => violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + ' ' + target.join(' ') + ': ' + failureSummary)))`,
  );
  return Array.isArray(found) ? found.map(String) : [String(found)];
}

/** Lines of data as JSON that run under the button which copies it. */
export const textUnderButtons = `[...document.querySelectorAll('.json')].flatMap((json) => {
  const lines = document.createRange();
  lines.selectNodeContents(json.querySelector('pre'));
  const button = json.querySelector('button').getBoundingClientRect();
  return [...lines.getClientRects()].filter(({ top, right }) => top < button.bottom && right > button.left);
})`;

/** Lines of long lists, which all have one height, that do not fit into it. */
export const cutLines = `[...document.querySelectorAll('.long-list > li')]
  .filter((line) => line.firstElementChild.scrollHeight > line.clientHeight).map((line) => line.textContent)`;

/** Long lists whose lines are wider than they are: what stands at the end, such as a button, cannot be reached. */
export const cutColumns = `[...document.querySelectorAll('.long-list > li, .list-head')]
  .filter((line) => line.scrollWidth > line.clientWidth).map((line) => line.textContent)`;

/** Drawings of the walk whose letters are hard to read, because it was made smaller to fit. */
export const smallDrawings = `[...document.querySelectorAll('.walk')]
  .map((walk) => 12 * walk.getScreenCTM().a).filter((letterPx) => letterPx < 9.5)`;

/** Texts of a box, or marks of an axis, that run into each other. */
export const textsThatMeet = `[...document.querySelectorAll('.box, .axis-head .axis-track')].flatMap((place) => {
  const texts = [...place.querySelectorAll('text, .axis-tick')]
    .map((text) => ({ says: text.textContent, at: text.getBoundingClientRect() })).filter(({ at }) => at.width > 0);
  return texts.flatMap((one, index) => texts.slice(index + 1)
    .filter(({ at }) => at.left < one.at.right + 4 && one.at.left < at.right + 4 && at.top < one.at.bottom - 3 && one.at.top < at.bottom - 3)
    .map((other) => one.says + ' | ' + other.says));
})`;

/** Names of parts that two of them share: what refers to one finds the other, so an arrow may lose its head. */
export const sharedIds = `(() => {
  const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
  return ids.filter((id, index) => ids.indexOf(id) !== index);
})()`;

/** What stands in a search form beside its first line, unless somebody unfolds more of it. */
export const wrappedTerms = `[...document.querySelectorAll('.search-form')].flatMap((form) => {
  const parts = [...form.children].map((part) => ({ says: part.textContent, bottom: part.getBoundingClientRect().bottom }));
  return parts.filter(({ bottom }) => Math.abs(bottom - parts[0].bottom) > 8).map(({ says }) => says);
})`;

/** Words beside the arrows of the walk that a box covers. */
export const wordsUnderBoxes = `[...document.querySelectorAll('.arrow tspan')].filter((words) => {
  const at = words.getBoundingClientRect();
  return [...document.querySelectorAll('.box-frame')].map((frame) => frame.getBoundingClientRect())
    .some((box) => at.left < box.right - 1 && box.left < at.right - 1 && at.top < box.bottom - 3 && box.top < at.bottom - 3);
}).map((words) => words.textContent)`;

/** Names in the picture of the walk that do not fit into their boxes. */
export const namesBeyondBoxes = `[...document.querySelectorAll('.box')]
  .filter((box) => box.querySelector('.box-name').getBoundingClientRect().right > box.querySelector('.box-frame').getBoundingClientRect().right)
  .map((box) => box.querySelector('.box-name').textContent)`;
