import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createLogger } from '../telemetry/logger.ts';
import type { Readiness, Ready } from './part.ts';
import { watchReadiness } from './readiness-watch.ts';

test('what fails is said once in the log, with the command that helps, and once more when it is well again', async (context) => {
  context.mock.timers.enable({ apis: ['setInterval'] });
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => lines.push(JSON.parse(line)) };
  let letters: Ready = { ok: true };
  const readiness: readonly Readiness[] = [
    { name: 'database', check: async () => ({ ok: true }) },
    { name: 'dead letters', optional: true, check: async () => letters },
  ];
  const logger = createLogger({ service: 'test', level: 'info', destination });
  const end = watchReadiness({ readiness: () => readiness, logger });
  const passes = async (): Promise<void> => {
    context.mock.timers.tick(5_000);
    await turn();
  };
  await passes();
  assert.deepEqual(lines, []);
  letters = { ok: false, reason: '3 dead letters', nextStep: 'eventstream dead-letters' };
  await passes();
  await passes();
  letters = { ok: true };
  await passes();
  await passes();
  assert.deepEqual(
    lines.map(({ level, check, reason, nextStep, msg }) => [level, check, reason, nextStep, msg]),
    [
      ['warn', 'dead letters', '3 dead letters', 'eventstream dead-letters', 'not as it should be'],
      ['info', 'dead letters', undefined, undefined, 'well again'],
    ],
  );
  end();
  letters = { ok: false, reason: 'again' };
  await passes();
  assert.equal(lines.length, 2);
});
