/**
 * Where instants stand on a line. A life may take 200 ms and then wait a day for a person: a wait that is longer than
 * everything else together is drawn as a break of fixed width, so that the rest stays readable.
 */
import { duration } from '../words/times.ts';

/** A wait that is not drawn to scale. From and to are shares of the line's length, 0 to 1. */
interface AxisBreak {
  readonly from: number;
  readonly to: number;
  readonly ms: number;
}

export interface TimeScale {
  readonly fromMs: number;
  readonly toMs: number;
  /** Share of the line's length, 0 to 1. Instants outside stand at its ends. */
  readonly at: (ms: number) => number;
  readonly breaks: readonly AxisBreak[];
  /** Where the line is marked, and with which words: time passed since its beginning. No two run into each other. */
  readonly ticks: readonly Tick[];
}

/** A mark at a share of the line's length. */
interface Mark {
  readonly at: number;
  readonly says: string;
}

interface Tick extends Mark {
  /** Whether there is room for it in a narrow window, too. */
  readonly isForAll: boolean;
}

/** A stretch of the line between two instants. */
interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
  readonly from: number;
  readonly to: number;
  readonly isBreak: boolean;
}

const breaksMax = 5;
/** Shorter waits are no reason to break the line. */
const breakMsMin = 2_000;
const breakWidth = 0.07;
const stretchWidthMin = 0.03;
const ticksWanted = 7;
/** From here on a mark's words stand before it: behind it the line ends. */
const lastShare = 0.9;
/** Widths of the longest words, `+1 m 00 s`, as shares of a line in a window of 1,001 and of 390 pixels. */
const wordsWidth = { wide: 0.11, narrow: 0.34 } as const;

/** The scale on which all of these instants can be told apart as well as one line allows. */
export function timeScale(instantsMs: readonly number[]): TimeScale {
  const instants = [...new Set(instantsMs)].toSorted((a, b) => a - b);
  const [fromMs = 0] = instants;
  const toMs = instants.at(-1) ?? fromMs;
  const stretches = layOut(instants, breaksOf(instants));
  const at = (ms: number): number => {
    const stretch = stretches.find((one) => ms <= one.toMs) ?? stretches.at(-1);
    if (stretch === undefined || ms <= fromMs) return 0;
    if (ms >= toMs) return 1;
    const share = (ms - stretch.fromMs) / (stretch.toMs - stretch.fromMs || 1);
    return stretch.from + share * (stretch.to - stretch.from);
  };
  return {
    fromMs,
    toMs,
    at,
    breaks: stretches
      .filter(({ isBreak }) => isBreak)
      .map((stretch) => ({ from: stretch.from, to: stretch.to, ms: stretch.toMs - stretch.fromMs })),
    ticks: spread(stretches.filter(({ isBreak }) => !isBreak).flatMap((stretch) => ticksIn(stretch, fromMs))),
  };
}

/** Whether a mark's words stand before it, at the end of the line. */
export function isLast({ at }: Mark): boolean {
  return at > lastShare;
}

/** Leaves out the marks whose words would run into those before them, or say the same. */
function spread(marks: readonly Mark[]): Tick[] {
  const kept = apart(marks, wordsWidth.wide);
  const forAll = new Set(apart(kept, wordsWidth.narrow));
  return kept.map((mark) => ({ ...mark, isForAll: forAll.has(mark) }));
}

function apart(marks: readonly Mark[], width: number): Mark[] {
  const kept: Mark[] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const mark of marks) {
    // The first is a short 0 and stands behind its place, the last before its own, the others around theirs.
    const from = mark.at === 0 ? 0 : mark.at - (isLast(mark) ? width : width / 2);
    if (from < end || mark.says === kept.at(-1)?.says) continue;
    kept.push(mark);
    end = mark.at + (mark.at === 0 ? width / 4 : width / 2);
  }
  return kept;
}

/** Beginnings of the waits that are longer than all the rest together, the longest first. */
function breaksOf(instants: readonly number[]): ReadonlySet<number> {
  const gaps = instants
    .slice(1)
    .map((ms, index) => ({ fromMs: instants[index] ?? ms, ms: ms - (instants[index] ?? ms) }));
  const broken = new Set<number>();
  let left = gaps.reduce((sum, gap) => sum + gap.ms, 0);
  for (const gap of gaps.toSorted((a, b) => b.ms - a.ms).slice(0, breaksMax)) {
    if (gap.ms < breakMsMin || gap.ms < left / 2 || broken.size === gaps.length - 1) break;
    broken.add(gap.fromMs);
    left -= gap.ms;
  }
  return broken;
}

/** Joins what lies between breaks into stretches, and gives each its part of the line. */
function layOut(instants: readonly number[], broken: ReadonlySet<number>): Stretch[] {
  const runs: { fromMs: number; toMs: number; isBreak: boolean }[] = [];
  for (const [index, toMs] of instants.entries()) {
    const fromMs = instants[index - 1];
    if (fromMs === undefined) continue;
    const last = runs.at(-1);
    if (broken.has(fromMs)) runs.push({ fromMs, toMs, isBreak: true });
    else if (last === undefined || last.isBreak) runs.push({ fromMs, toMs, isBreak: false });
    else last.toMs = toMs;
  }
  const scaled = runs.filter(({ isBreak }) => !isBreak);
  const scaledMs = scaled.reduce((sum, run) => sum + run.toMs - run.fromMs, 0);
  const free = 1 - (runs.length - scaled.length) * breakWidth - scaled.length * stretchWidthMin;
  let at = 0;
  return runs.map(({ fromMs, toMs, isBreak }) => {
    const from = at;
    at += isBreak ? breakWidth : stretchWidthMin + (free * (toMs - fromMs)) / (scaledMs || 1);
    return { fromMs, toMs, from, to: at, isBreak };
  });
}

/** Round marks, counted from the line's beginning. */
function ticksIn(stretch: Stretch, startMs: number): Mark[] {
  const width = stretch.to - stretch.from;
  const spanMs = stretch.toMs - stretch.fromMs;
  const wanted = Math.floor(width * ticksWanted);
  if (wanted < 1 || spanMs <= 0) return [];
  const step = roundStep(spanMs / wanted);
  const first = Math.ceil((stretch.fromMs - startMs) / step) * step;
  const ticks: Mark[] = [];
  for (let ms = first; ms <= stretch.toMs - startMs; ms += step)
    ticks.push({
      at: stretch.from + ((ms + startMs - stretch.fromMs) / spanMs) * width,
      says: ms === 0 ? '0' : `+${duration(ms)}`,
    });
  return ticks;
}

const [secondMs, minuteMs, hourMs] = [1_000, 60_000, 3_600_000];
/** Above some seconds what is round is not the power of ten. */
const longSteps = [
  ...[10, 20, 30].map((count) => count * secondMs),
  ...[1, 2, 5, 10, 20, 30].map((count) => count * minuteMs),
  ...[1, 2, 4, 6, 12, 24].map((count) => count * hourMs),
];
const steps = [1, 2, 5, 10];

function roundStep(ms: number): number {
  if (ms > 24 * hourMs) return Math.ceil(ms / (24 * hourMs)) * 24 * hourMs;
  if (ms > 5 * secondMs) return longSteps.find((step) => step >= ms) ?? 24 * hourMs;
  const power = 10 ** Math.floor(Math.log10(ms));
  return (steps.find((step) => step * power >= ms) ?? 10) * power;
}
