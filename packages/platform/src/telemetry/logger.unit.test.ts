import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError } from '../coded-error.ts';
import { createLogger, withoutPassword } from './logger.ts';
import { withParent } from './trace.ts';

interface Lines {
  readonly logger: ReturnType<typeof createLogger>;
  readonly lines: Record<string, unknown>[];
}

function capture(): Lines {
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger({
    service: 'ordersvc',
    level: 'info',
    destination: { write: (line) => lines.push(JSON.parse(line)) },
  });
  return { logger, lines };
}

test('a line is JSON with level, service and an ISO time', () => {
  const { logger, lines } = capture();
  logger.info({ orderId: 'o-1' }, 'order placed');
  const [line] = lines;
  assert.equal(line?.['level'], 'info');
  assert.equal(line?.['service'], 'ordersvc');
  assert.equal(line?.['msg'], 'order placed');
  assert.match(String(line?.['time']), /^\d{4}-\d\d-\d\dT/);
  assert.equal('trace_id' in (line ?? {}), false);
});

test('inside a trace a line carries its ids', () => {
  const { logger, lines } = capture();
  withParent('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00', () => logger.info('order placed'));
  assert.equal(lines[0]?.['trace_id'], '0af7651916cd43dd8448eb211c80319c');
  assert.equal(lines[0]?.['span_id'], 'b7ad6b7169203331');
});

test('what is named like a secret is not written', () => {
  const { logger, lines } = capture();
  logger.info(
    { password: 'hunter2', headers: { authorization: 'hunter2' }, request: { headers: { cookie: 'hunter2' } } },
    'x',
  );
  assert.doesNotMatch(JSON.stringify(lines), /hunter2/);
});

test('an error is written with its code and its cause', () => {
  const { logger, lines } = capture();
  logger.error({ err: new CodedError('halted', 'the relay halted', { cause: new Error('wrong sequence') }) }, 'x');
  assert.match(JSON.stringify(lines), /"code":"halted"/);
  assert.match(JSON.stringify(lines), /wrong sequence/);
});

test('a url is shown without its password, and what is no url not at all', () => {
  assert.equal(withoutPassword('postgres://me:hunter2@localhost/db'), 'postgres://me:***@localhost/db');
  assert.equal(withoutPassword('hunter2'), '[not a url]');
  assert.equal(withoutPassword('nats://me:hunter2@a:1,nats://b:1'), 'nats://me:***@a:1,nats://b:1');
  assert.equal(withoutPassword('nats://me:hunter2@a:1,hunter2'), '[not a url]');
});
