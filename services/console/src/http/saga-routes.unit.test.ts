import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fulfilment, fulfilmentDefaults } from '@eventstream/domain';
import { createLogger, systemClock } from '@eventstream/platform';
import { memorySagaStore } from '@eventstream/saga/memory';
import { createHttpApp } from '@eventstream/service-kit/http';
import { problemOfFault } from './explain-faults.ts';
import { sagaRoutes } from './saga-routes.ts';

test('a cursor that no page of sagas ended with is refused, and not taken for the beginning', async () => {
  const app = createHttpApp({ logger: createLogger({ service: 'test', level: 'silent' }), explain: problemOfFault });
  sagaRoutes(app, {
    sagas: memorySagaStore(),
    definition: fulfilment(fulfilmentDefaults),
    reviews: async () => assert.fail('nobody asks for reviews'),
    clock: systemClock,
  });
  assert.equal((await app.inject('/api/sagas')).statusCode, 200);
  for (const cursor of ['x', '9', '3', '0abc', `1${Buffer.from('before:7').toString('base64url')}`]) {
    const answer = await app.inject(`/api/sagas?cursor=${cursor}`);
    assert.deepEqual([answer.statusCode, answer.json().code], [400, 'invalid-request'], cursor);
    assert.match(answer.body, /is no cursor of ours/);
  }
});
