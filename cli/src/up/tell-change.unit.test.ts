import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { changeToTell } from './tell-change.ts';

const lastOutput = JSON.stringify({ level: 'warn', msg: 'the consumer has to begin again' });
const exited = { kind: 'exited', code: null, signal: null, restartInMs: 225, lastOutput } as const;

describe('the end of a process', () => {
  test('is told with what the process said last', () => {
    const line = changeToTell(undefined, { ...exited, code: 1 });
    assert.equal(line, 'exited with code 1, starts again in 225 ms: the consumer has to begin again');
  });

  test('by SIGKILL is told without it: that came from outside, and what was said last may be old', () => {
    assert.equal(
      changeToTell(undefined, { ...exited, signal: 'SIGKILL' }),
      'was ended by SIGKILL, starts again in 225 ms',
    );
  });
});
