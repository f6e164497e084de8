import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '@eventstream/platform';
import { createHttpApp } from '@eventstream/service-kit/http';
import { uuidParams } from './shapes.ts';

test('whoever types an id that is none is told in words what one is', async () => {
  const app = createHttpApp({ logger: createLogger({ service: 'test', level: 'silent' }) });
  app.get('/api/orders/:id', { schema: { params: uuidParams } }, async () => ({}));
  const refused = await app.inject('/api/orders/pizza');
  assert.equal(refused.statusCode, 400);
  assert.equal(
    refused.json().detail,
    'path field /id must be a whole id, such as 01a222c8-a6f9-747d-ab62-36056343f2d2',
  );
  await app.close();
});
