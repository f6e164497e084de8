/** Our processes log JSON; a person at a terminal reads sentences. Pure. */

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];
const warn = levels.indexOf('warn');

interface LogLine {
  /** Index in `levels`. */
  readonly level: number;
  readonly time: string;
  readonly text: string;
}

/** One line as a person reads it: time, level, message, what went wrong, what to do. A line that isn't JSON stays as it is. */
export function readableLine(line: string): string {
  const parsed = parse(line);
  if (parsed === undefined) return line;
  return `${parsed.time} ${(levels[parsed.level] ?? '').padEnd(5)} ${parsed.text}`;
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
  const level = levels.indexOf(String(content.level));
  const err = 'err' in content && typeof content.err === 'object' && content.err !== null ? content.err : {};
  const said = String(content.msg);
  const about = textIn(content, subjects);
  const why = textIn(err, ['message']) ?? textIn(content, reasons);
  const { nextStep } = [content, err].find(hasNextStep) ?? {};
  return {
    level,
    time: 'time' in content ? String(content.time) : '',
    text: [
      about === undefined || said.includes(about) ? '' : `${about}: `,
      said,
      why === undefined || said.includes(why) ? '' : ` (${why.replace(raw, '').replace(twice, '$1')})`,
      nextStep === undefined ? '' : `. ${nextStep}`,
    ].join(''),
  };
}

/** Where a line says what it is about: `not as it should be` alone would help nobody. */
const subjects = ['check', 'consumer', 'follower', 'operation', 'step'];
/** Where a line without an error says why. */
const reasons = ['reason', 'detail'];
/** What the library for gRPC said itself, at the end of an error that has said it in words: `: 14 UNAVAILABLE: …`. */
const raw = /: \d{1,2} [A-Z_]+: .*$/s;
/** An error that was passed on in the words of its cause. */
const twice = /(?<=^|: )(.+): \1(?=: |$)/;

function textIn(object: object, names: readonly string[]): string | undefined {
  return names.map((name): unknown => Reflect.get(object, name)).find((value) => typeof value === 'string');
}

/** Said with the line itself, or carried by its error. */
function hasNextStep(one: object): one is { readonly nextStep: string } {
  return 'nextStep' in one && typeof one.nextStep === 'string';
}
