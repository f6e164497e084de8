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
  /** Where the line is marked, and with which words: time passed since its beginning. */
  readonly ticks: readonly { readonly at: number; readonly says: string }[];
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
    ticks: stretches.filter(({ isBreak }) => !isBreak).flatMap((stretch) => ticksIn(stretch, fromMs)),
  };
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

/** Round marks: 1, 2 or 5 of a power of ten, counted from the line's beginning. */
function ticksIn(stretch: Stretch, startMs: number): { at: number; says: string }[] {
  const width = stretch.to - stretch.from;
  const spanMs = stretch.toMs - stretch.fromMs;
  const wanted = Math.floor(width * ticksWanted);
  if (wanted < 1 || spanMs <= 0) return [];
  const step = roundStep(spanMs / wanted);
  const first = Math.ceil((stretch.fromMs - startMs) / step) * step;
  const ticks: { at: number; says: string }[] = [];
  for (let ms = first; ms <= stretch.toMs - startMs; ms += step)
    ticks.push({
      at: stretch.from + ((ms + startMs - stretch.fromMs) / spanMs) * width,
      says: ms === 0 ? '0' : `+${duration(ms)}`,
    });
  return ticks;
}

const steps = [1, 2, 5, 10];

function roundStep(ms: number): number {
  const power = 10 ** Math.floor(Math.log10(ms));
  return (steps.find((step) => step * power >= ms) ?? 10) * power;
}
