/** Times as people read them, in the time zone of whoever looks. */
import { none } from './numbers.ts';

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

const two = (value: number): string => String(value).padStart(2, '0');

/** `0.4 ms`, `12 ms`, `1.24 s`, `4 m 32 s`, `3 h 05 m`, `2 d 4 h`. */
export function duration(ms: number | null): string {
  if (ms === null) return none;
  const span = Math.abs(ms);
  if (span < 10) return `${Number(span.toFixed(1))} ms`;
  if (span < 999.5) return `${Math.round(span)} ms`;
  if (span < 59.95 * secondMs) return `${(span / secondMs).toFixed(span < 10 * secondMs ? 2 : 1)} s`;
  if (span < hourMs) return `${Math.floor(span / minuteMs)} m ${two(Math.floor((span % minuteMs) / secondMs))} s`;
  if (span < dayMs) return `${Math.floor(span / hourMs)} h ${two(Math.floor((span % hourMs) / minuteMs))} m`;
  return `${Math.floor(span / dayMs)} d ${Math.floor((span % dayMs) / hourMs)} h`;
}

/** In whole units, for what changes under the reader's eyes: `32 s`, `4 m 32 s`. */
export function wholeDuration(ms: number): string {
  const span = Math.abs(ms);
  return span < minuteMs ? `${Math.floor(span / secondMs)} s` : duration(span);
}

/** `3 m 02 s ago`, `in 12 s`, `just now`. */
export function ago(atMs: number | null, nowMs: number): string {
  if (atMs === null) return none;
  const passed = nowMs - atMs;
  if (Math.abs(passed) < secondMs) return 'just now';
  return passed > 0 ? `${wholeDuration(passed)} ago` : `in ${wholeDuration(passed)}`;
}

const clockFormat = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const dayFormat = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const yearFormat = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });

/** `16:41:48`. */
export function clock(atMs: number): string {
  return clockFormat.format(atMs);
}

/** `16:41:48.123`. */
export function exactClock(atMs: number): string {
  return `${clock(atMs)}.${String(Math.floor(atMs) % secondMs).padStart(3, '0')}`;
}

/** `16:41:48` today, `24 Nov 16:41:48` this year, `24 Nov 2025 16:41:48` before. */
export function moment(atMs: number | null, nowMs: number): string {
  if (atMs === null) return none;
  const [at, now] = [new Date(atMs), new Date(nowMs)];
  if (Number.isNaN(at.getTime())) return none;
  if (at.toDateString() === now.toDateString()) return clock(atMs);
  const day = at.getFullYear() === now.getFullYear() ? dayFormat : yearFormat;
  return `${day.format(at)} ${clock(atMs)}`;
}

/** For tooltips: the exact time, in UTC. */
export function utc(atMs: number): string {
  const at = new Date(atMs);
  return Number.isNaN(at.getTime()) ? '' : at.toISOString();
}
