import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createLogger } from '@eventstream/platform';
import { EventStreams } from './event-stream.ts';
import { createHttpApp } from './server.ts';

const logger = createLogger({ service: 'test', level: 'silent' });
const app = createHttpApp({ logger });
const sent: WeakRef<object>[] = [];
/** What the streams send: each thing is remembered as long as somebody else needs it. */
let things: () => AsyncGenerator<object>;
let address = '';

before(async () => {
  const streams = new EventStreams(app, { maxOpen: 10, heartbeatMs: 10_000 });
  app.get('/things', (_request, reply) => streams.send(reply, things(), (data) => ({ id: '1', event: 'thing', data })));
  address = await app.listen({ host: '127.0.0.1', port: 0 });
});
after(() => app.close());

async function open(): Promise<ReadableStreamDefaultReader<Uint8Array>> {
  const response = await fetch(`${address}/things`);
  assert(response.body);
  return response.body.getReader();
}

function newThing(): object {
  const thing = { is: 'sent and forgotten' };
  sent.push(new WeakRef(thing));
  return thing;
}

async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  assert(typeof collect === 'function');
  // What a turn of the event loop has looked at is kept until its end.
  await new Promise((resolve) => setImmediate(resolve));
  collect();
}

test('an event stream keeps nothing of what it has sent, neither while it is open nor when it has ended', async () => {
  const gate = Promise.withResolvers<void>();
  things = async function* () {
    for (let count = 0; count < 100; count += 1) yield newThing();
    await gate.promise;
  };
  const reader = await open();
  for (let text = ''; text.split('event: thing').length <= 100; ) {
    const { value } = await reader.read();
    text += Buffer.from(value ?? []).toString();
  }
  await collectGarbage();
  const kept = sent.filter((thing) => thing.deref() !== undefined).length;
  assert.ok(kept <= 2, `${kept} of 100 are kept`);
  gate.resolve();
  assert.equal((await reader.read()).done, true);
});
