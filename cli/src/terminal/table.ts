/** Columns in line, no frames: readable in a terminal and in a log. Pure. */
import Table from 'cli-table3';

type Row = readonly string[];

const apart = 2;
/** Before what stands in the further lines of a row. */
const indent = '  ';
/** A further line of a row that has nothing to say there. */
const saysNothing = /^[- ]*$/;

const noLines = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
};

/**
 * A table of at most this width. Where its columns do not fit into one line, each row takes as many as it needs: nothing is cut.
 * Only spare columns are left out before that; whoever looks closer finds them elsewhere.
 */
export function plainTable(
  head: Row,
  rows: readonly Row[],
  width = Number.POSITIVE_INFINITY,
  spare: readonly string[] = [],
): string {
  if (spare.length > 0 && columnsByLine(head, rows, width).length > 1) {
    const kept = (row: Row): Row => row.filter((_, column) => !spare.includes(head[column] ?? ''));
    return plainTable(kept(head), rows.map(kept), width);
  }
  const lines = columnsByLine(head, rows, width).map(([from, to]) =>
    inLine(
      head.slice(from, to),
      rows.map((row) => row.slice(from, to)),
    ),
  );
  const linesOfRow = (row: number): string[] =>
    lines.map((line) => line[row] ?? '').filter((line, index) => index === 0 || !saysNothing.test(line));
  return [head, ...rows]
    .flatMap((_, row) => linesOfRow(row).map((line, index) => `${index === 0 ? '' : indent}${line}`))
    .join('\n');
}

/** Which columns stand together in a line: [from, to). One that fits into no line has its own. */
function columnsByLine(head: Row, rows: readonly Row[], width: number): readonly (readonly [number, number])[] {
  const lines: [number, number][] = [];
  let used = Number.POSITIVE_INFINITY;
  for (const [column, name] of head.entries()) {
    const wide = Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0));
    const line = lines.at(-1);
    if (line !== undefined && used + apart + wide <= width) {
      line[1] = column + 1;
      used += apart + wide;
    } else {
      used = (line === undefined ? 0 : indent.length) + wide;
      lines.push([column, column + 1]);
    }
  }
  return lines;
}

/** The lines of a table whose rows take one line each, its head before them. */
function inLine(head: Row, rows: readonly Row[]): readonly string[] {
  const table = new Table({
    head: [...head],
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': apart },
    chars: noLines,
  });
  for (const row of rows) table.push(row.map((cell) => cell.replaceAll(/\s*\n\s*/g, ' ')));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
}
