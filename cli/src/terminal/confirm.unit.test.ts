import assert from 'node:assert/strict';
import { createInterface } from 'node:readline/promises';
import { PassThrough } from 'node:stream';
import { describe, test } from 'node:test';
import { saysYes } from './confirm.ts';

/** What comes of these keys at a terminal. */
async function typed(keys: string): Promise<boolean> {
  const input = new PassThrough();
  const lines = createInterface({ input, output: new PassThrough(), terminal: true });
  const answer = saysYes(lines);
  input.write(keys);
  try {
    return await answer;
  } finally {
    lines.close();
  }
}

describe('a question before something that cannot be taken back', () => {
  test('is answered by y or yes', async () => {
    for (const keys of ['y\r', 'YES\r', ' yes \r']) assert.equal(await typed(keys), true, keys);
  });

  test('is denied by anything else, and by leaving it with Ctrl-C or Ctrl-D', async () => {
    for (const keys of ['\r', 'n\r', 'yesno\r', '\x03', '\x04']) assert.equal(await typed(keys), false, keys);
  });
});
