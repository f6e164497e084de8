import assert from 'node:assert/strict';
import { test } from 'node:test';
import type * as proto from '@eventstream/contracts/eventstore';
import { createLogger } from '@eventstream/platform';
import { StoreOverloaded, StoreUnavailable } from '../port.ts';
import { type AppendCall, AppendStream } from './append-stream.ts';

const logger = createLogger({ service: 'test', level: 'silent' });

/** A server that does what the script says with each stream's first message: answer that it is full, or break. */
function server(script: readonly ('full' | 'breaks')[]): () => AppendCall {
  let calls = 0;
  return () => {
    const act = script[calls];
    calls += 1;
    const { promise: sent, resolve } = Promise.withResolvers<proto.AppendManyRequest>();
    return {
      send: async (request) => resolve(request),
      end: () => {},
      cancel: () => {},
      responses: (async function* () {
        const { writes } = await sent;
        if (act === 'breaks') throw new Error('connection reset');
        yield {
          $typeName: 'eventstream.eventstore.v1.AppendManyResponse' as const,
          results: writes.map(({ correlation }) => ({
            $typeName: 'eventstream.eventstore.v1.WriteResult' as const,
            correlation,
            outcome: {
              case: 'unavailable' as const,
              value: {
                $typeName: 'eventstream.eventstore.v1.Unavailable' as const,
                overloaded: true,
                queued: 7n,
                message: 'full',
              },
            },
          })),
        };
      })(),
    };
  };
}

async function sendOne(script: readonly ('full' | 'breaks')[]) {
  const stream = new AppendStream(server(script), logger);
  const message = { $typeName: 'eventstream.eventstore.v1.Write' as const, log: 'ORDERS', streams: [] };
  const [settled] = await stream.send([{ message, deadlineMs: performance.now() + 5_000 }]);
  stream.close();
  return settled;
}

test('a write that a full store refuses was not stored', async () => {
  assert.ok((await sendOne(['full'])) instanceof StoreOverloaded);
});

test('of a write whose first stream broke, a refused second copy does not say that nothing was stored', async () => {
  assert.ok((await sendOne(['breaks', 'full'])) instanceof StoreUnavailable);
});
