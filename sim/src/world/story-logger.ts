/** What the product's own loggers write, as lines of the story; or nothing, which is what most worlds want. */
import type { Logger } from '@eventstream/platform';
import pino from 'pino';
import type { Story } from './story.ts';

/** Says nothing. */
export const silentLogger: Logger = pino({ level: 'silent' });

/** What is told of a line: its sentence, and why. */
export function storyLogger(role: string, story: Story): Logger {
  const write = (line: string): void => {
    const fields: unknown = JSON.parse(line);
    const why = textOf(fields, 'reason') ?? textOf(fieldOf(fields, 'err'), 'message');
    story.tell(role, `  (${textOf(fields, 'msg') ?? ''}${why === undefined ? '' : `: ${why}`})`);
  };
  return pino({ level: 'info', base: null, timestamp: false }, { write });
}

function fieldOf(value: unknown, field: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, field) : undefined;
}

function textOf(value: unknown, field: string): string | undefined {
  const found = fieldOf(value, field);
  return typeof found === 'string' ? found : undefined;
}
