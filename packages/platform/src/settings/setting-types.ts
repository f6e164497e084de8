/**
 * Building blocks for settings beyond TypeBox's own: durations, counts and urls. Each is an ordinary TypeBox schema with an
 * annotation that settings.ts reads; so is `secret: true`, by which a value is never shown.
 */
import { type TInteger, type TString, Type } from 'typebox';
import { CodedError } from '../coded-error.ts';

const unitsMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

function isUnit(text: string | undefined): text is keyof typeof unitsMs {
  return text !== undefined && Object.hasOwn(unitsMs, text);
}

/** Milliseconds of a text such as `250ms`, `10s`, `5m`, `24h`, `7d`; undefined when it is none. The unit is required. */
export function parseDurationMs(text: string): number | undefined {
  const [, digits, unit] = /^(\d{1,12})(ms|s|m|h|d)$/.exec(text) ?? [];
  if (digits === undefined || !isUnit(unit)) return undefined;
  const ms = Number(digits) * unitsMs[unit];
  return Number.isSafeInteger(ms) ? ms : undefined;
}

/** The shortest exact spelling of a duration: 300000 → `5m`. */
export function formatDuration(ms: number): string {
  for (const [unit, size] of Object.entries(unitsMs).toReversed()) {
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`;
  }
  return `${ms}ms`;
}

/** How a Duration may be bounded; all are texts like `5m`. */
export interface DurationOptions {
  readonly description: string;
  readonly default?: string;
  readonly minimum?: string;
  readonly maximum?: string;
}

/** A setting written as `5m` and read as milliseconds. Bounds default to 1ms and 30d. */
export function Duration(options: DurationOptions): TInteger {
  return Type.Integer({
    description: options.description,
    duration: true,
    minimum: mustParse(options.minimum ?? '1ms'),
    maximum: mustParse(options.maximum ?? '30d'),
    ...(options.default === undefined ? {} : { default: mustParse(options.default) }),
  });
}

/** A setting that says how many: a whole number from 1, or another `minimum`. */
export function Count(options: {
  readonly description: string;
  readonly default: number;
  readonly minimum?: number;
  readonly maximum: number;
}): TInteger {
  return Type.Integer({ minimum: 1, ...options });
}

/** What kind of url a setting takes. */
export interface UrlOptions {
  readonly description: string;
  /** Allowed schemes, without the colon: `['postgres', 'postgresql']`. */
  readonly schemes: readonly string[];
  readonly default?: string;
  /** Several may be given, separated by commas: the servers of a cluster. */
  readonly several?: true;
}

/** A setting that is a url of one of the given schemes. Shown in messages without its password. */
export function Url(options: UrlOptions): TString {
  const { description, schemes, several } = options;
  const isOne = (text: string): boolean => URL.canParse(text) && schemes.includes(new URL(text).protocol.slice(0, -1));
  const isAllowed = (text: string): boolean => (several ? text.split(',').every(isOne) : isOne(text));
  const annotations = { description, urlSchemes: schemes, ...(several ? { severalUrls: true } : {}) };
  return Type.Refine(
    Type.String(options.default === undefined ? annotations : { ...annotations, default: options.default }),
    isAllowed,
    () => `is no ${schemes.map((scheme) => `${scheme}://`).join(' or ')} url`,
  );
}

function mustParse(text: string): number {
  const ms = parseDurationMs(text);
  if (ms === undefined) throw new CodedError('duration_invalid', `"${text}" is no duration such as 250ms, 10s or 5m`);
  return ms;
}
