/** The table for people, as Markdown, and as JSON for programs. */
import { plainTable } from '../../cli/src/terminal/table.ts';
import type { JudgedRow } from './judge-rows.ts';
import { type Machine, showMachine } from './machine.ts';

const head = ['row', 'what', 'measured', 'against', 'result', 'min–max', 'target', 'stretch', ''];

/** In columns, for a terminal. */
export function showTable(machine: Machine, judged: readonly JudgedRow[]): string {
  return [plainTable(head, judged.map(cells)), '', showMachine(machine), ...voidLines(judged)].join('\n');
}

/** For a page. */
export function showMarkdown(machine: Machine, judged: readonly JudgedRow[]): string {
  const line = (columns: readonly string[]) => `| ${columns.join(' | ')} |`;
  const columns = [...head.slice(1, -1), 'met'];
  return [
    line(columns),
    line(columns.map(() => '---')),
    ...judged.map((row) => line(cells(row).slice(1))),
    '',
    `Measured ${showMachine(machine)}.`,
    ...voidLines(judged),
  ].join('\n');
}

/** `{machine, rows: [{name, against, value, unit, ratio, target, stretch, min, max, met}]}`; null where there is no result. */
export function rowsJson(machine: Machine, judged: readonly JudgedRow[]): string {
  const rows = judged.map(({ row, value, ratio, min, max, met }) => ({
    name: row.name,
    against: row.against?.what ?? null,
    value: value ?? null,
    unit: row.unit,
    ratio: ratio ?? null,
    target: row.target,
    stretch: row.stretch,
    min: min ?? null,
    max: max ?? null,
    met,
  }));
  return JSON.stringify({ machine, rows });
}

function cells(judged: JudgedRow): string[] {
  const { row, value, againstValue, ratio, min, max } = judged;
  const result = row.against === undefined ? value : ratio;
  const sign = row.better === 'more' ? '≥' : '≤';
  const goal = (number: number): string =>
    `${sign} ${row.against === undefined ? `${number} ${row.unit}` : `${number}×`}`;
  return [
    row.name,
    row.what,
    value === undefined ? '–' : `${shown(value)} ${row.unit}`,
    row.against === undefined
      ? '–'
      : `${row.against.what}${againstValue === undefined ? '' : `: ${shown(againstValue)}`}`,
    result === undefined ? 'void' : row.against === undefined ? `${shown(result)} ${row.unit}` : `${shown(result)}×`,
    min === undefined || max === undefined ? '–' : `${shown(min)}–${shown(max)}`,
    goal(row.target),
    goal(row.stretch),
    verdict(judged),
  ];
}

function verdict({ met, stretchMet, voidBecause }: JudgedRow): string {
  if (voidBecause !== undefined) return 'void';
  return stretchMet ? 'stretch' : met ? 'yes' : 'no';
}

function voidLines(judged: readonly JudgedRow[]): string[] {
  return judged.flatMap(({ row, voidBecause }) =>
    voidBecause === undefined ? [] : [`void: ${row.name}: ${voidBecause}`],
  );
}

/** Three digits that matter; whole numbers from a hundred on. */
function shown(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return value.toPrecision(value < 1 ? 2 : 3);
}
