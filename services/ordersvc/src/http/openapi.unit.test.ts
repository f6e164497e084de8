import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { kitProblems } from '@eventstream/service-kit';
import { readProblemPage } from '@eventstream/service-kit/http';
import { type OrdersInMemory, ordersInMemory } from '../orders-in-memory.fixture.ts';
import { orderProblems } from '../problems.ts';

describe('the description of the API', () => {
  let orders: OrdersInMemory;
  before(async () => {
    orders = await ordersInMemory();
  });
  after(() => orders.close());

  test('is OpenAPI 3.1 and names every route, its body and its problems', async () => {
    const reply = await orders.app.inject({ url: '/docs/json' });
    const api = reply.json();
    assert.equal(api.openapi, '3.1.0');
    assert.deepEqual(
      Object.entries(api.paths)
        .filter(([path]) => path.startsWith('/api/'))
        .map(([path, methods]) => [path, ...Object.keys(methods ?? {}).toSorted()].join(' '))
        .toSorted(),
      [
        '/api/orders get post',
        '/api/orders/{id} get',
        '/api/orders/{id}/cancel post',
        '/api/orders/{id}/events get',
        '/api/orders/{id}/review post',
        '/api/orders/{id}/stream get',
      ],
    );
    const place = api.paths['/api/orders'].post;
    const body = place.requestBody.content['application/json'].schema;
    assert.equal(body.additionalProperties, false);
    assert.deepEqual(body.properties.order_items.items.properties.unit_price.type, ['number', 'string']);
    assert.ok(place.responses['201'].content['application/json'].schema.properties.amount_minor);
    assert.ok(place.responses['4XX'].content['application/problem+json']);
  });

  test('says every answer that a route gives, and the headers that a client goes on with', async () => {
    const { paths } = (await orders.app.inject({ url: '/docs/json' })).json();
    const shown = (path: string, method: string) =>
      Object.entries<{ content?: object; headers?: object }>(paths[path][method].responses).map(
        ([status, { content = {}, headers = {} }]) =>
          [status, ...Object.keys(content), ...Object.keys(headers)].join(' '),
      );
    const problems = ['4XX application/problem+json Retry-After', '5XX application/problem+json Retry-After'];
    const written = 'application/json ETag Eventstream-Position';
    for (const [path, method, ...answers] of [
      ['/api/orders', 'post', '201 application/json Location ETag Eventstream-Position Idempotent-Replayed'],
      ['/api/orders', 'get', '200 application/json'],
      [
        '/api/orders/{id}',
        'get',
        '200 application/json ETag Eventstream-Read-Model',
        '304 ETag Eventstream-Read-Model',
      ],
      ['/api/orders/{id}/cancel', 'post', `200 ${written}`],
      ['/api/orders/{id}/review', 'post', `200 ${written}`],
      ['/api/orders/{id}/stream', 'get', '200 text/event-stream', '204'],
    ] as const)
      assert.deepEqual(shown(path, method), [...answers, ...problems], `${method} ${path}`);
    const [key] = paths['/api/orders'].post.parameters;
    assert.match(key.description, /counts per customer/);
  });

  test('can be read and tried on a page that loads nothing from elsewhere', async () => {
    const page = await orders.app.inject({ url: '/docs/' });
    assert.equal(page.statusCode, 200);
    assert.match(page.headers['content-type'] ?? '', /text\/html/);
    const policy = page.headers['content-security-policy'];
    assert.match(typeof policy === 'string' ? policy : '', /default-src 'self'/);
    const sources = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '');
    assert.ok(sources.length > 2);
    for (const source of sources) {
      assert.ok(!/^(https?:)?\/\//.test(source), `${source} is elsewhere`);
      const file = await orders.app.inject({ url: new URL(source, 'http://localhost/docs/').pathname });
      assert.equal(file.statusCode, 200, source);
    }
    const start = await orders.app.inject({ url: '/docs/static/swagger-initializer.js' });
    assert.match(start.body, /"?validatorUrl"?:\s*null/);
  });

  for (const type of [...Object.values(kitProblems), ...Object.values(orderProblems)])
    test(`the problem ${type.slug} has its page`, async () => {
      const page = await readProblemPage(type);
      assert.ok(page.startsWith(`# ${type.title}\n`), 'its heading is the title that clients are shown');
      assert.ok(page.includes(`${type.status}`));
      const reply = await orders.app.inject({ url: `/problems/${type.slug}` });
      assert.equal(reply.statusCode, 200);
      assert.equal(reply.body, page);
    });

  test('an unknown problem has none', async () => {
    assert.equal((await orders.app.inject({ url: '/problems/..%2f..%2fpackage' })).statusCode, 404);
  });
});
