/**
 * Settings come from the environment, are described by a TypeBox object whose keys are the variables' names, and are
 * checked once, at start. Everything wrong is said at once, with what is allowed; secrets are never shown.
 */
import {
  IsArray,
  IsBoolean,
  IsEnum,
  IsInteger,
  IsNumber,
  IsOptional,
  type Static,
  type TObject,
  type TSchema,
} from 'typebox';
import { Check, Errors } from 'typebox/value';
import { CodedError } from '../coded-error.ts';
import { withoutPassword } from '../telemetry/logger.ts';
import { formatDuration, parseDurationMs } from './setting-types.ts';

/** One thing wrong with one variable. */
export interface SettingFault {
  readonly name: string;
  /** What is wrong, without the value of a secret. */
  readonly problem: string;
  /** What may be written there. */
  readonly allowed: string;
}

/** Everything wrong with the settings. Its message has one line for each fault. */
export class SettingsError extends CodedError {
  readonly faults: readonly SettingFault[];

  constructor(faults: readonly SettingFault[]) {
    const lines = faults.map((fault) => `  ${fault.name}: ${fault.problem}; allowed: ${fault.allowed}`);
    const count = faults.length === 1 ? 'one setting is' : `${faults.length} settings are`;
    super('settings_invalid', `${count} wrong:\n${lines.join('\n')}`, {
      details: { faults },
      nextStep: 'correct these environment variables and start again; .env.example describes each',
    });
    this.faults = faults;
  }
}

/** The environment: names to texts. An empty text counts as not set, as compose files write absent values. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the settings that `schema` describes.
 * @throws SettingsError that lists every fault at once.
 */
export function readSettings<Schema extends TObject>(schema: Schema, env: Environment): Static<Schema> {
  const { values, faults } = readEach(schema, env);
  if (faults.length > 0) throw new SettingsError(faults);
  return together(schema, values);
}

/** Reads two groups of settings and lists the faults of both at once. */
export function readBothSettings<A extends TObject, B extends TObject>(
  first: A,
  second: B,
  env: Environment,
): { first: Static<A>; second: Static<B> } {
  const [ofFirst, ofSecond] = [readEach(first, env), readEach(second, env)];
  const faults = [...ofFirst.faults, ...ofSecond.faults];
  if (faults.length > 0) throw new SettingsError(faults);
  return { first: together(first, ofFirst.values), second: together(second, ofSecond.values) };
}

function readEach(schema: TObject, env: Environment) {
  const faults: SettingFault[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, property] of Object.entries(schema.properties)) {
    const read = readOne(property, env[name]);
    if (read.problem !== undefined) faults.push({ name, problem: read.problem, allowed: allowedText(property) });
    else if (read.value !== undefined) values[name] = read.value;
  }
  return { values, faults };
}

function together<Schema extends TObject>(schema: Schema, values: Record<string, unknown>): Static<Schema> {
  if (Check(schema, values)) return values;
  throw new CodedError('settings_schema', `the settings are right one by one, but not together`, {
    details: { errors: Errors(schema, values).map((error) => error.message) },
  });
}

/** One variable as `.env.example` and `doctor` show it. */
export interface SettingDescription {
  readonly name: string;
  readonly description: string;
  readonly allowed: string;
  /** As one would write it in the environment; undefined when there is none. */
  readonly default: string | undefined;
  readonly required: boolean;
  readonly secret: boolean;
}

/** Describes every setting of a schema, in its order. */
export function describeSettings(schema: TObject): SettingDescription[] {
  return Object.entries(schema.properties).map(([name, property]) => {
    const fallback = annotation(property, 'default');
    const description = annotation(property, 'description');
    return {
      name,
      description: typeof description === 'string' ? description : '',
      allowed: allowedText(property),
      default: fallback === undefined ? undefined : asEnvironmentText(property, fallback),
      required: fallback === undefined && !IsOptional(property),
      secret: isSecret(property),
    };
  });
}

/** A setting as a process runs with it. */
export interface ShownSetting {
  readonly name: string;
  /** As one would write it in the environment; null when it is not set, and for a secret. */
  readonly value: string | null;
  readonly secret: boolean;
  readonly isDefault: boolean;
  readonly description: string;
}

/** The values that were read, fit to be shown to anyone who may look at the process. */
export function showSettings(schema: TObject, values: Readonly<Record<string, unknown>>): ShownSetting[] {
  return Object.entries(schema.properties).map(([name, property]) => {
    const value = values[name];
    const fallback = annotation(property, 'default');
    const description = annotation(property, 'description');
    const secret = isSecret(property);
    return {
      name,
      value: value === undefined || secret ? null : withoutPasswords(property, asEnvironmentText(property, value)),
      secret,
      isDefault: value === undefined || value === fallback,
      description: typeof description === 'string' ? description : '',
    };
  });
}

function withoutPasswords(schema: TSchema, text: string): string {
  return annotation(schema, 'urlSchemes') === undefined ? text : withoutPassword(text);
}

type Read = { readonly value: unknown; readonly problem?: undefined } | { readonly problem: string };

function readOne(schema: TSchema, text: string | undefined): Read {
  if (text === undefined || text === '') {
    const fallback = annotation(schema, 'default');
    if (fallback !== undefined || IsOptional(schema)) return { value: fallback };
    return { problem: 'is not set' };
  }
  const value = convert(schema, text);
  if (value === undefined) return { problem: `${shown(schema, text)} cannot be read` };
  if (Check(schema, value)) return { value };
  const reason = Errors(schema, value)
    .map((error) => error.message)
    .join(', ');
  return { problem: `${shown(schema, text)} ${reason}` };
}

/** The text as the schema's type, or undefined when it cannot be one. Bounds are checked afterwards. */
function convert(schema: TSchema, text: string): unknown {
  if (annotation(schema, 'duration') === true) return parseDurationMs(text);
  if (IsInteger(schema)) return /^-?\d{1,15}$/.test(text) ? Number(text) : undefined;
  if (IsNumber(schema)) return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
  if (IsBoolean(schema))
    return text === 'true' || text === '1' ? true : text === 'false' || text === '0' ? false : undefined;
  if (IsArray(schema)) return text.split(',').map((part) => part.trim());
  return text;
}

function allowedText(schema: TSchema): string {
  const minimum = annotation(schema, 'minimum');
  const maximum = annotation(schema, 'maximum');
  if (annotation(schema, 'duration') === true) {
    return `a duration from ${formatDuration(Number(minimum))} to ${formatDuration(Number(maximum))}, such as 250ms, 10s, 5m, 24h`;
  }
  if (IsInteger(schema)) return `a whole number${rangeText(minimum, maximum)}`;
  if (IsNumber(schema)) return `a number${rangeText(minimum, maximum)}`;
  if (IsBoolean(schema)) return 'true or false';
  if (IsEnum(schema)) return `one of ${schema.enum.join(', ')}`;
  if (IsArray(schema)) return `a list, separated by commas, each ${allowedText(schema.items)}`;
  const schemes = annotation(schema, 'urlSchemes');
  if (Array.isArray(schemes)) {
    const one = `a url ${schemes.map((scheme) => `${scheme}://…`).join(' or ')}`;
    return annotation(schema, 'severalUrls') === true ? `${one}, or several, separated by commas` : one;
  }
  const allowed = annotation(schema, 'allowed');
  if (typeof allowed === 'string') return allowed;
  const length = annotation(schema, 'minLength');
  return typeof length === 'number' && length > 1 ? `a text of at least ${length} characters` : 'a text';
}

function rangeText(minimum: unknown, maximum: unknown): string {
  if (typeof maximum !== 'number') return typeof minimum === 'number' ? ` of at least ${minimum}` : '';
  return typeof minimum === 'number' ? ` from ${minimum} to ${maximum}` : ` of at most ${maximum}`;
}

function asEnvironmentText(schema: TSchema, value: unknown): string {
  if (typeof value === 'number' && annotation(schema, 'duration') === true) return formatDuration(value);
  return String(value);
}

function shown(schema: TSchema, text: string): string {
  if (isSecret(schema)) return 'the value (not shown)';
  if (annotation(schema, 'urlSchemes') !== undefined) return `"${withoutPassword(text)}"`;
  return `"${text.slice(0, 100)}"`;
}

function isSecret(schema: TSchema): boolean {
  return annotation(schema, 'secret') === true;
}

function annotation(schema: TSchema, key: string): unknown {
  return Reflect.get(schema, key);
}
