/** The console as an operator has it: a real browser on a real system, started by the supervisor. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { findChromium, openPage } from './browser.ts';
import { plantDamagedOrder } from './damaged-order.ts';
import { publishForeignMessage } from './foreign-message.ts';
import {
  barriers,
  cutColumns,
  cutLines,
  namesBeyondBoxes,
  sharedIds,
  smallDrawings,
  textsThatMeet,
  textUnderButtons,
  wordsUnderBoxes,
  wrappedTerms,
} from './page-faults.ts';
import { TestSystem } from './system.ts';

const chromium = findChromium();
const skip = 'missing' in chromium ? chromium.missing : false;
const executable = 'path' in chromium ? chromium.path : '';
const places = ['/', '/orders', '/reviews', '/sagas', '/dead-letters', '/log', '/traces', '/health'];

let system: TestSystem;
before(async () => {
  if (skip !== false) return;
  // An empty setting is none: the console takes the traces then.
  system = await TestSystem.start({ TRACES_EXPORTER: '' }, { console: true });
});

/** Opens a place of the console; at the end the browser must not have complained of anything. */
async function onConsole(
  path: string,
  look: (page: Page) => Promise<void>,
  options: Parameters<typeof openPage>[1] = {},
): Promise<void> {
  const { page, complaints } = await openPage(executable, options);
  try {
    await page.goto(`${system.consoleUrl}${path}`);
    await look(page);
    assert.deepEqual(complaints, []);
  } finally {
    await page.context().close();
  }
}

/** Places an order of this kind on the floor, and goes to it. */
async function placeOnFloor(page: Page, kind: string): Promise<string> {
  if (kind === 'good') await page.getByRole('button', { name: 'Place an order' }).click();
  else {
    await page.getByLabel('Kind of order').selectOption(kind);
    await page.getByRole('button', { name: 'Place it' }).click();
  }
  await page.getByRole('list', { name: 'Just placed' }).getByRole('link').first().click();
  await page.getByRole('heading', { name: /^Order/ }).waitFor();
  return new URL(page.url()).pathname.split('/').at(-1) ?? '';
}

/** Pictures for the README: `SCREENSHOTS=1 npm test -- e2e/console.e2e.test.ts`. */
const takesPictures = process.env['SCREENSHOTS'] === '1';

async function picture(page: Page, name: string): Promise<void> {
  const folder = join(import.meta.dirname, '..', 'docs', 'images');
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

/** A life that is undone, its trace, and the floor at work. */
async function takePictures(page: Page): Promise<void> {
  await page.setViewportSize({ width: 1280, height: 1000 });
  await page.goto(`${system.consoleUrl}/`);
  await placeOnFloor(page, 'rejected');
  await statusOf(page, 'Cancelled').waitFor();
  await page.getByRole('button', { name: /^Show all/ }).waitFor();
  await picture(page, 'order');
  await page.getByRole('link', { name: 'alone' }).click();
  await page.getByRole('list', { name: 'Spans' }).waitFor();
  await picture(page, 'trace');
  await page.goto(`${system.consoleUrl}/`);
  await page.getByRole('button', { name: 'Start a burst' }).click();
  await page.getByText(/1[6-9]. of 200 placed/).waitFor();
  await picture(page, 'floor');
}

/** The status at the head of an order's page. */
const statusOf = (page: Page, word: string) => page.locator('.page-head .state', { hasText: word });

describe('an operator', { skip }, () => {
  test('places an order on the floor and watches it be approved, and looks back to its beginning', async () => {
    await onConsole('/', async (page) => {
      await page.getByRole('button', { name: /^eventstoresvc Ready/ }).waitFor();
      await page.getByText('All is well').waitFor();
      await placeOnFloor(page, 'good');
      await statusOf(page, 'Approved').waitFor();
      await page.getByRole('list', { name: 'Spans' }).getByText('order.place').waitFor();
      await page.getByRole('slider', { name: 'As it was at revision' }).fill('1');
      await statusOf(page, 'Pending').waitFor();
      await page.getByRole('button', { name: 'Back to now' }).click();
      await statusOf(page, 'Approved').waitFor();
      assert.deepEqual(await barriers(page), []);
      if (takesPictures) await takePictures(page);
    });
  });

  test('sees a declined payment end in a cancellation, with the reason', async () => {
    await onConsole('/', async (page) => {
      await placeOnFloor(page, 'declined');
      await statusOf(page, 'Cancelled · payment declined').waitFor();
      await page.getByText('No money was booked.').waitFor();
    });
  });

  test('approves a waiting order by hand, with the keyboard alone, and is on record for it', async () => {
    await onConsole('/', async (page) => {
      const orderId = await placeOnFloor(page, 'review');
      await statusOf(page, 'In review').waitFor();
      await tabTo(page, 'Reviews');
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Reviews' }).waitFor();
      await tabTo(page, 'Approve');
      await page.keyboard.press('Enter');
      await page.keyboard.type('Checked by telephone');
      await tabTo(page, 'Approve');
      await page.keyboard.press('Enter');
      await page.getByText('Nobody waits for a decision.').waitFor();
      await system.reaches(orderId, 'Approved');
      await page.goto(`${system.consoleUrl}/orders/${orderId}`);
      await page.getByRole('cell', { name: 'Checked by telephone' }).waitFor();
    });
  });

  // What a page asks first is older than the first news that it gets: what was recorded in between must not be lost.
  for (const [place, stream, shows] of [
    ['/orders/ORDER', '/api/orders/ORDER/stream', 'Approved'],
    ['/reviews', '/api/floor/stream', 'Nobody waits for a decision.'],
  ] as const)
    test(`sees on ${place} what happened while the page was opened`, async () => {
      const orderId = await system.place({ price: '2000.00' });
      await system.reaches(orderId, 'InReview');
      await onConsole('/health', async (page) => {
        const news = Promise.withResolvers<void>();
        await page.route(`**${stream.replace('ORDER', orderId)}`, async (route) => {
          await news.promise;
          await route.continue();
        });
        await page.goto(`${system.consoleUrl}${place.replace('ORDER', orderId)}`);
        await page.getByRole('button', { name: 'Approve', exact: true }).first().waitFor();
        await system.command('review', 'approve', orderId, '--reason', 'known customer');
        await system.reaches(orderId, 'Approved');
        await system.eventually('the news to come know of it', async () => {
          const answers = ['/api/log', '/api/floor'].map((path) => page.request.get(`${system.consoleUrl}${path}`));
          const [log, floor] = await Promise.all((await Promise.all(answers)).map((answer) => answer.json()));
          return Value.Parse(newsJson, floor).positions.head === Value.Parse(headJson, log).head;
        });
        news.resolve();
        await page.locator('main').getByText(shows, { exact: true }).first().waitFor();
      });
    });

  test('follows the log live, with what was recorded between its first page and the first news', async () => {
    const earlier = await system.place();
    await onConsole('/health', async (page) => {
      const shown = (orderId: string) => page.locator(`code[title="order-${orderId}"]`).first().waitFor();
      const news = Promise.withResolvers<void>();
      await page.route('**/api/log/stream*', async (route) => {
        await news.promise;
        await route.continue();
      });
      await page.goto(`${system.consoleUrl}/log?live=yes`);
      await shown(earlier);
      const between = await system.place();
      await system.reaches(between, 'Approved');
      news.resolve();
      await shown(between);
    });
  });

  test('has the whole system verified, and sees that every promise holds', async () => {
    await onConsole('/health', async (page) => {
      await page.getByRole('button', { name: 'Verify now' }).click();
      await page.getByText('Every promise holds').waitFor();
    });
  });

  test('redrives a dead letter after its cause is mended, and its order goes on', async () => {
    const damaged = await plantDamagedOrder(system.running.adminSqlUrl);
    await onConsole('/dead-letters', async (page) => {
      const groups = page.getByRole('region', { name: /^(paymentworker|querymodelworker)/ });
      await groups.nth(1).waitFor();
      assert.deepEqual(await barriers(page), []);
      await page.getByRole('link', { name: 'Dead letters 2 waiting' }).waitFor();
      await groups.filter({ hasText: 'paymentworker' }).getByText('Letters, in log order').click();
      await page
        .getByRole('link', { name: /^ORDERS:/ })
        .first()
        .click();
      await page.locator('.json > .button').nth(1).waitFor();
      assert.deepEqual(await page.evaluate(textUnderButtons), []);
      await page.getByRole('button', { name: 'Dry-run its handler' }).click();
      await page.getByRole('region', { name: 'Dry run' }).getByRole('alert').waitFor();
      await page.goto(`${system.consoleUrl}/orders/${damaged.orderId}`);
      await page.getByRole('row', { name: 'Total –' }).waitFor();
      await damaged.mend();
      for (const consumer of ['paymentworker', 'querymodelworker']) {
        await page.goto(`${system.consoleUrl}/dead-letters`);
        await groups
          .filter({ hasText: consumer })
          .getByRole('button', { name: /^Redrive/ })
          .click();
        await page.getByLabel('Why').fill('The event is mended');
        await page.getByRole('dialog').getByRole('button', { name: 'Redrive' }).click();
        await groups.filter({ hasText: consumer }).waitFor({ state: 'detached' });
      }
      await page.goto(`${system.consoleUrl}/orders/${damaged.orderId}`);
      await statusOf(page, 'Approved').waitFor();
    });
    await damaged.close();
  });
});

/** Presses Tab until what has this name has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  const pressesMax = 60;
  for (let presses = 0; presses < pressesMax; presses += 1) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate('document.activeElement?.textContent ?? ""');
    if (String(focused).trim().startsWith(name)) return;
  }
  throw new Error(`${name} is out of the keyboard's reach`);
}

describe('the page', { skip }, () => {
  test('shows hostile strings as text', async () => {
    const script = '<img src=x onerror="document.title=\'taken\'"><script>document.title="taken"</script>';
    const { body } = await system.call('POST', '/api/orders', {
      body: {
        customer_id: script,
        restaurant_id: '"><svg onload=alert(1)>',
        order_items: [{ code: '{{7*7}}', name: `${script}\u202Egnp.exe`, unit_price: '1.00', quantity: 1 }],
      },
    });
    assert(typeof body === 'object' && body !== null && 'order_id' in body);
    await system.reaches(String(body.order_id), 'Approved');
    await onConsole(`/orders/${String(body.order_id)}`, async (page) => {
      await page.getByRole('link', { name: script }).waitFor();
      await page.getByText('{{7*7}}').first().waitFor();
      assert.equal(await page.locator('main img, main script').count(), 0);
      await page.goto(`${system.consoleUrl}/orders?customer=${encodeURIComponent(script)}`);
      await page.getByRole('list', { name: 'Orders' }).getByText(script).waitFor();
      assert.notEqual(await page.title(), 'taken');
    });
  });

  // Half of them in the dark: what differs there are colours, which all pages share.
  for (const [width, colorScheme, paths] of [
    [390, 'light', places],
    [390, 'dark', ['/', '/orders', '/health']],
    [768, 'light', places],
    [1024, 'light', places],
  ] as const)
    test(`is whole in a window of ${width} pixels, ${colorScheme}, and keeps nobody out`, async () => {
      const large = await system.place({ price: '99999999.99', quantity: 99 });
      await system.reaches(large, 'InReview');
      await system.reaches(await system.place({ customer: 'test-decline' }), 'Cancelled');
      await onConsole(
        '/',
        async (page) => {
          // Counting takes a fiftieth of the time at most: after a count of a second the next one is 50 s away.
          await page
            .getByRole('cell', { name: /^\d+,\d{3},\d{3},\d{3}/ })
            .first()
            .waitFor({ timeout: 90_000 });
          for (const place of [...paths, `/orders/${large}`]) {
            await page.goto(`${system.consoleUrl}${place}`);
            await page.getByRole('heading', { level: 1 }).waitFor();
            await page.getByRole('status').filter({ hasText: 'Reading' }).first().waitFor({ state: 'detached' });
            const beyond = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
            assert.ok(Number(beyond) <= 0, `${place} is ${String(beyond)} pixels too wide`);
            for (const fault of [cutLines, cutColumns, namesBeyondBoxes, smallDrawings, textsThatMeet, sharedIds])
              assert.deepEqual(await page.evaluate(fault), [], place);
            if (width >= 1024) assert.deepEqual(await page.evaluate(wrappedTerms), [], place);
            assert.deepEqual(await barriers(page), [], place);
          }
        },
        { viewport: { width, height: 844 }, colorScheme },
      );
    });

  test('offers every type of event in one line, in a window of 1440 pixels', async () => {
    await onConsole(
      '/log',
      async (page) => {
        const types = page.getByRole('group', { name: 'Types' }).getByRole('button');
        await types.first().waitFor();
        const tops = (await types.all()).map(async (type) => (await type.boundingBox())?.y);
        assert.equal(new Set(await Promise.all(tops)).size, 1);
      },
      { viewport: { width: 1440, height: 900 } },
    );
  });

  for (const width of [390, 1024])
    test(`shows beside each other how fast a process works and what waits for it, in a window of ${width} pixels`, async () => {
      await onConsole(
        '/health',
        async (page) => {
          const floor = await page.request.get(`${system.consoleUrl}/api/floor`);
          const { boxes, arrows, ...rest } = Value.Parse(floorJson, await floor.json());
          const busy = {
            ...rest,
            boxes: boxes.map((box) => ({ ...box, perSecond: 1_240, retrying: 4_321 })),
            arrows: arrows.map(({ lagEvents, ...arrow }) => ({
              ...arrow,
              perSecond: 154,
              lagEvents: lagEvents === null ? null : 4_321,
            })),
          };
          await page.route('**/api/floor/stream', (route) =>
            route.fulfill({
              contentType: 'text/event-stream',
              body: `event: floor\ndata: ${JSON.stringify(busy)}\n\n`,
            }),
          );
          await page.goto(system.consoleUrl);
          await page.getByRole('button', { name: /^paymentworker .* 4,321 retry/ }).waitFor();
          assert.deepEqual(await page.evaluate(textsThatMeet), []);
          assert.deepEqual(await page.evaluate(wordsUnderBoxes), []);
          assert.deepEqual(await barriers(page), []);
        },
        { viewport: { width, height: 844 } },
      );
    });

  test('holds a few lines of a list of 100,000 orders, and reads no further than somebody scrolls', async () => {
    const pageLines = 100;
    const last = 1_000;
    let asked = 0;
    await onConsole('/', async (page) => {
      await page.route('**/api/orders?*', async (route) => {
        asked += 1;
        const number = Number(new URL(route.request().url()).searchParams.get('cursor') ?? 0);
        const orders = Array.from({ length: pageLines }, (_, index) => someLine(number * pageLines + index));
        await route.fulfill({ json: { orders, nextCursor: number === last ? null : String(number + 1) } });
      });
      await page.goto(`${system.consoleUrl}/orders`);
      const list = page.getByRole('list', { name: 'Orders' });
      for (const customer of ['customer-90', 'customer-190', 'customer-290']) {
        await list.getByRole('listitem').first().waitFor();
        await page.evaluate('window.scrollTo(0, document.body.scrollHeight)');
        await list.getByText(customer, { exact: true }).waitFor();
        assert.ok((await list.getByRole('listitem').count()) < 80);
      }
      assert.ok(asked < 8, `${asked} pages were asked for`);
    });
  });
});

const headJson = Type.Object({ head: Type.Integer() });
const newsJson = Type.Object({ positions: headJson });
const floorJson = Type.Object({
  boxes: Type.Array(Type.Object({})),
  arrows: Type.Array(Type.Object({ lagEvents: Type.Union([Type.Null(), Type.Integer()]) })),
});

function someLine(number: number): object {
  return {
    orderId: `${String(number).padStart(8, '0')}-0000-7000-8000-000000000000`,
    customerId: `customer-${number}`,
    restaurantId: 'restaurant-1',
    amount: { minor: '123456789', currency: 'USD', decimal: '1234567.89' },
    status: 'Approved',
    reason: null,
    createdOn: new Date(1_700_000_000_000).toISOString(),
    revision: 3,
    isStale: false,
  };
}

describe('when something breaks', { skip }, () => {
  test('a halted relay is seen on the floor, with what to do', async () => {
    await onConsole('/', async (page) => {
      await page.getByRole('button', { name: /^Relay Ready/ }).waitFor();
      await publishForeignMessage(system.running.natsUrl, 'ORDERS.created');
      await page.getByRole('button', { name: 'Place an order' }).click();
      await page.getByRole('button', { name: /^Relay Halted/ }).waitFor();
      await page.getByRole('region', { name: 'Troubles' }).getByText('The relay has halted').waitFor();
      assert.deepEqual(await barriers(page), []);
    });
  });
});
