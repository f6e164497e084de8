import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoreUnavailable } from '@eventstream/event-store';
import { createLogger } from '@eventstream/platform';
import { importantLines, readableLine } from './log-lines.ts';

const info = '{"level":"info","time":"2025-11-24T16:00:00.000Z","msg":"ready"}';
const fatal =
  '{"level":"fatal","time":"2025-11-24T16:00:00.000Z","msg":"cannot start","err":{"message":"no route"},"nextStep":"Check the cable"}';

test('a JSON line is read as a sentence with its cause and next step', () => {
  assert.equal(readableLine(info), '2025-11-24T16:00:00.000Z info  ready');
  assert.equal(readableLine(fatal), '2025-11-24T16:00:00.000Z fatal cannot start (no route). Check the cable');
});

test('the next step that an error carries is read with its line', () => {
  const lines: string[] = [];
  const logger = createLogger({
    service: 'test',
    level: 'warn',
    destination: { write: (line) => void lines.push(line) },
  });
  logger.warn({ err: new StoreUnavailable('read', 'the database did not answer') }, 'the consumer pauses');
  assert.match(
    readableLine(lines.join('').trim()),
    / warn {2}the consumer pauses \(the database did not answer\)\. nothing was changed: ask again; `npx eventstream status`/,
  );
  assert.match(lines.join(''), /"code":"store_unavailable"/);
});

test('a line says what it is about, and why, and says nothing twice', () => {
  const at = { level: 'warn', time: '2025-11-24T16:00:00.000Z' };
  const read = (line: object) => readableLine(JSON.stringify({ ...at, ...line })).slice(at.time.length + 7);
  assert.equal(
    read({ check: 'nats', reason: 'no answer within 2000 ms', nextStep: 'start it', msg: 'not as it should be' }),
    'nats: not as it should be (no answer within 2000 ms). start it',
  );
  assert.equal(
    read({ operation: 'order.get', problem: 'order-not-found', detail: 'no order 7', msg: 'refused' }),
    'order.get: refused (no order 7)',
  );
  assert.equal(read({ follower: 'w', err: { message: 'away: away: E1' }, msg: 'pauses' }), 'w: pauses (away: E1)');
  assert.equal(read({ err: { message: 'away' }, msg: 'failed, tried again: away' }), 'failed, tried again: away');
  assert.equal(read({ consumer: 'w-created', msg: 'w-created has begun' }), 'w-created has begun');
});

test('a line that is no JSON, or not of ours, stays as it is', () => {
  for (const line of ['plain text', '{broken', '{"a":1}', '']) assert.equal(readableLine(line), line);
});

test('what a person must know are warnings, errors and what is no JSON', () => {
  assert.deepEqual(importantLines(`${info}\nSyntaxError: x\n${fatal}\n`), [
    'SyntaxError: x',
    'cannot start (no route). Check the cable',
  ]);
});

test('of a server that is away a line says so once, and not how the library for gRPC put it', () => {
  const message = `no connection: connect ECONNREFUSED 127.0.0.1:50051: no connection: connect ECONNREFUSED 127.0.0.1:50051: 14 UNAVAILABLE: No connection established. Last error: x`;
  const line = JSON.stringify({ level: 'warn', time: 'T', msg: 'the consumer pauses', err: { message } });
  assert.equal(readableLine(line), 'T warn  the consumer pauses (no connection: connect ECONNREFUSED 127.0.0.1:50051)');
});
