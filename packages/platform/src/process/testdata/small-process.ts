/** A process for process.int.test.ts: two parts, and one fault of choice by the variable FAULT. */
import { Type } from 'typebox';
import { failpoint } from '../../failpoints.ts';
import type { Part } from '../part.ts';
import { runProcess } from '../process.ts';

const settings = Type.Object({
  FAULT: Type.Optional(
    Type.Enum(['start', 'stop', 'hang', 'rejection', 'exception'], { description: 'What goes wrong' }),
  ),
  ORDERS_PORT: Type.Integer({ default: 3000, description: 'A port', minimum: 1, maximum: 65535 }),
});

await runProcess({
  name: 'small',
  settings,
  wire: async ({ FAULT: fault }, { logger }) => {
    const part = (name: string): Part => ({
      name,
      checks: [{ name, check: async () => ({ ok: true }) }],
      start: async () => {
        failpoint('small.start');
        logger.info(`start ${name}`);
        if (fault === 'start' && name === 'second') throw new Error('the second part is broken');
        if (fault === 'rejection' && name === 'second') void Promise.reject(new Error('nobody listens'));
        if (fault === 'exception' && name === 'second') {
          setImmediate(() => {
            throw new Error('nobody catches');
          });
        }
      },
      stop: async () => {
        logger.info(`stop ${name}`);
        if (fault === 'stop' && name === 'second') throw new Error('the second part will not stop');
        if (fault === 'hang' && name === 'second') await new Promise(() => {});
      },
    });
    return [part('first'), part('second')];
  },
});
