/** From the figures of all rounds to the rows of the table: medians, spread, and whether a goal is met. Pure. */

/** A figure of a contender. */
interface FigureOf {
  readonly contender: string;
  readonly figure: string;
}

/** A row: what is measured, against what, and how good it is meant to be. */
export interface Row {
  /** For `--only`. */
  readonly name: string;
  readonly what: string;
  readonly value: FigureOf;
  readonly unit: string;
  /** Absent: the value itself is the result. */
  readonly against?: FigureOf & { readonly what: string };
  readonly target: number;
  readonly stretch: number;
  /** Which direction is good. */
  readonly better: 'more' | 'less';
  /** Left out by `--quick`. */
  readonly slow?: true;
}

/** The figures of one contender, round by round. */
export type Rounds = readonly Round[];
export type Round =
  | { readonly kind: 'figures'; readonly figures: Readonly<Record<string, number | readonly number[]>> }
  | { readonly kind: 'void'; readonly reason: string };

/** A row with its result. `ratio`, `min` and `max` are of the ratio, or of the value where there is none. */
export interface JudgedRow {
  readonly row: Row;
  readonly value: number | undefined;
  readonly againstValue: number | undefined;
  readonly ratio: number | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly met: boolean;
  readonly stretchMet: boolean;
  /** Why it has no result. */
  readonly voidBecause: string | undefined;
}

/** Judges one row. One void round makes the row void: a wrong result must not hide behind right ones. */
export function judgeRow(row: Row, roundsOf: (contender: string) => Rounds): JudgedRow {
  const values = figuresOf(row.value, roundsOf(row.value.contender));
  const against = row.against === undefined ? undefined : figuresOf(row.against, roundsOf(row.against.contender));
  if (typeof values === 'string') return voidRow(row, values);
  if (typeof against === 'string') return { ...voidRow(row, against), value: median(values) };
  // Round by round, so that a slow minute of the machine is in both.
  const ratios = against?.flatMap((other, round) => {
    const value = values[round];
    return value === undefined ? [] : [value / other];
  });
  const results = ratios ?? values;
  const result = median(results);
  return {
    row,
    value: median(values),
    againstValue: against === undefined ? undefined : median(against),
    ratio: ratios === undefined ? undefined : result,
    min: Math.min(...results),
    max: Math.max(...results),
    met: reaches(row, result, row.target),
    stretchMet: reaches(row, result, row.stretch),
    voidBecause: undefined,
  };
}

/** The one in the middle, or the mean of the two there. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (upper + lower) / 2;
}

function reaches({ better }: Row, result: number, goal: number): boolean {
  return better === 'more' ? result >= goal : result <= goal;
}

function figuresOf({ contender, figure }: FigureOf, rounds: Rounds): number[] | string {
  const values: number[] = [];
  for (const round of rounds) {
    if (round.kind === 'void') return `${contender}: ${round.reason}`;
    const value = round.figures[figure];
    if (value === undefined) return `${contender} has no figure ${figure}`;
    values.push(...(typeof value === 'number' ? [value] : value));
  }
  return values.length === 0 ? `${contender} was not run` : values;
}

function voidRow(row: Row, voidBecause: string): JudgedRow {
  const nothing = { value: undefined, againstValue: undefined, ratio: undefined, min: undefined, max: undefined };
  return { row, ...nothing, met: false, stretchMet: false, voidBecause };
}
