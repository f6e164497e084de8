/** Our processes log JSON; a person at a terminal reads sentences. Pure. */

const levels: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};
const warn = 40;

interface LogLine {
  readonly level: number;
  readonly time: unknown;
  readonly text: string;
}

/** One line as a person reads it: time, level, message, what went wrong, what to do. A line that isn't JSON stays as it is. */
export function readableLine(line: string): string {
  const parsed = parse(line);
  if (parsed === undefined) return line;
  const time = typeof parsed.time === 'number' ? new Date(parsed.time).toISOString() : String(parsed.time ?? '');
  return `${time} ${(levels[parsed.level] ?? String(parsed.level)).padEnd(5)} ${parsed.text}`;
}

/** What a program's output says that a person must know: its warnings and errors, and every line that isn't JSON. */
export function importantLines(output: string): string[] {
  return output
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => ({ line, parsed: parse(line) }))
    .filter(({ parsed }) => parsed === undefined || parsed.level >= warn)
    .map(({ line, parsed }) => parsed?.text ?? line);
}

function parse(line: string): LogLine | undefined {
  if (!line.startsWith('{')) return undefined;
  let content: unknown;
  try {
    content = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof content !== 'object' || content === null || !('level' in content) || !('msg' in content)) return undefined;
  const level = Number(content.level);
  const err = 'err' in content && typeof content.err === 'object' && content.err !== null ? content.err : {};
  const fault = 'message' in err && err.message !== content.msg ? ` (${String(err.message)})` : '';
  const nextStep = 'nextStep' in content ? `. ${String(content.nextStep)}` : '';
  return {
    level,
    time: 'time' in content ? content.time : undefined,
    text: `${String(content.msg)}${fault}${nextStep}`,
  };
}
