/** Breaks lines between words, so that no word is torn at the edge of a terminal. */

/** A word; what stands in backticks is one, because a command that is copied must not end in the middle. So is what a no-break space joins. */
const word = /(?:`[^`]*`|[^ ])+/g;

/** Lines of at most so many characters. What goes on in a further line stands `hang` behind the beginning of its line. */
export function wrapped(text: string, width: number, hang = 0): string {
  return text
    .split('\n')
    .map((line) => wrapLine(line, width, hang))
    .join('\n');
}

function wrapLine(line: string, width: number, hang: number): string {
  if (line.length <= width) return line;
  const indent = /^ */.exec(line)?.[0] ?? '';
  const lines: string[] = [];
  let current = indent;
  for (const [next] of line.matchAll(word)) {
    if (current.trim() === '') current += next;
    else if (current.length + 1 + next.length <= width) current += ` ${next}`;
    else {
      lines.push(current);
      current = `${indent}${' '.repeat(hang)}${next}`;
    }
  }
  return [...lines, current].join('\n');
}

/** How wide the result may be: as its terminal is; elsewhere without bounds, so that a program gets its lines whole. */
export function widthOfResult(): number {
  return process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY;
}

/** The same for what is said beside the result. */
export function widthOfErrors(): number {
  return process.stderr.isTTY ? process.stderr.columns : Number.POSITIVE_INFINITY;
}
