import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { RowDiversion } from './whole-rows.ts';

/** A message of PostgreSQL's protocol. */
function message(code: string, body: Uint8Array): Buffer {
  const head = Buffer.from(`${code}....`);
  head.writeUInt32BE(4 + body.byteLength, 1);
  return Buffer.concat([head, body]);
}

const anyMessage = fc
  .tuple(fc.constantFrom('D', 'D', 'D', '1', 'T', 'C', 'N', 'Z'), fc.uint8Array({ maxLength: 40 }))
  .map(([code, body]) => message(code, body));

/** A connection with somebody who reads it, and what he has read. */
function readConnection() {
  const connection = new PassThrough();
  const read: Buffer[] = [];
  connection.on('data', (bytes: Buffer) => read.push(bytes));
  return { connection, read: () => Buffer.concat(read) };
}

describe('a diversion of rows', () => {
  test('keeps the rows, whole, and hands on every other byte, wherever the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(anyMessage), fc.array(fc.nat(60)), (messages, lengths) => {
        const { connection, read } = readConnection();
        const diversion = new RowDiversion(connection);
        let rest = Buffer.concat(messages);
        for (const length of lengths) {
          connection.emit('data', rest.subarray(0, length));
          rest = rest.subarray(length);
        }
        connection.emit('data', rest);
        const isRow = (one: Buffer) => one.toString('latin1', 0, 1) === 'D';
        assert.deepEqual(Buffer.concat(diversion.rows), Buffer.concat(messages.filter(isRow)));
        assert.deepEqual(read(), Buffer.concat(messages.filter((one) => !isRow(one))));
      }),
    );
  });

  test('that ends hands on the beginning of a message, and keeps nothing of what comes then', () => {
    const { connection, read } = readConnection();
    const diversion = new RowDiversion(connection);
    const [row, other] = [message('D', Buffer.from('row')), message('Z', Buffer.from('I'))];
    connection.emit('data', Buffer.concat([row, other.subarray(0, 3)]));
    diversion.end();
    connection.emit('data', other.subarray(3));
    connection.emit('data', row);
    assert.deepEqual([Buffer.concat(diversion.rows), read()], [row, Buffer.concat([other, row])]);
    assert.equal(connection.listenerCount('data'), 1);
  });
});
