import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { incarnation, position } from '@eventstream/contracts';
import { ReadLogResponseSchema } from '@eventstream/contracts/eventstore';
import { newId } from '@eventstream/platform';
import { rowPageMessage } from './to-message.ts';

/** Lengths whose own length takes one byte, two and three. */
const pieces = [1, 300, 70_000].map((length) => Buffer.alloc(length, `${length}`));

test('a page of rows is the message that protobuf-es would write, piece for piece', () => {
  for (const rows of [[], pieces.slice(0, 1), pieces]) {
    const page = { rows, scannedTo: position(300), head: position(70_000), incarnation: incarnation(newId()) };
    const message = create(ReadLogResponseSchema, { ...page, scannedTo: 300n, head: 70_000n });
    const { bytes } = rowPageMessage(page);
    assert.deepEqual(bytes, Buffer.from(toBinary(ReadLogResponseSchema, message)));
    assert.deepEqual(
      fromBinary(ReadLogResponseSchema, bytes).rows.map((some) => Buffer.from(some)),
      rows,
    );
  }
});
