/**
 * The shape of every error we raise on purpose: a code that programs can rely on, a sentence for people, the values
 * that led to it, and what to do next.
 */

/** What a CodedError carries beside its code and message. */
export interface CodedErrorOptions {
  /** The values that led to the error. Never secrets: they are logged. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  /** The error underneath. */
  readonly cause?: unknown;
  /** What whoever reads this should do about it. */
  readonly nextStep?: string | undefined;
}

/** An error with a stable `code` (lower_snake_case). Programs test the code; people read message and next step. */
export class CodedError extends Error {
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly nextStep: string | undefined;

  constructor(code: string, message: string, options: CodedErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.details = options.details ?? {};
    this.nextStep = options.nextStep;
  }
}

/** The `code` of any error that has one as a string (ours, Node's, PostgreSQL's SQLSTATE), else undefined. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** The message of whatever was thrown, with that of an aggregate's members when it has none of its own. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.message === '' && error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return error.message;
}
