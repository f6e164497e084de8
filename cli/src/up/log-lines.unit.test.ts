import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importantLines, readableLine } from './log-lines.ts';

const info = '{"level":"info","time":"2025-11-24T16:00:00.000Z","msg":"ready"}';
const fatal =
  '{"level":"fatal","time":"2025-11-24T16:00:00.000Z","msg":"cannot start","err":{"message":"no route"},"nextStep":"Check the cable"}';

test('a JSON line is read as a sentence with its cause and next step', () => {
  assert.equal(readableLine(info), '2025-11-24T16:00:00.000Z info  ready');
  assert.equal(readableLine(fatal), '2025-11-24T16:00:00.000Z fatal cannot start (no route). Check the cable');
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
