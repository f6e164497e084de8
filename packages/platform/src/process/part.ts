/** What a process is made of: parts that start and stop, and questions whose answers say whether it can do its work. */

/** A part of a process with a life: a server, a relay, a consumer. */
export interface Part {
  /** Shown in logs when it starts, stops, or fails to. */
  readonly name: string;
  /** What must hold for it to do its work. The process is ready when the checks of all its parts pass. */
  readonly checks: readonly Readiness[];
  /** Resolves when ready for work; throws when it cannot be. */
  start(): Promise<void>;
  /** Resolves when everything in hand is finished and released. May be called again, and after a failed start. */
  stop(): Promise<void>;
}

/** A check's answer. `reason` says what is wrong, `nextStep` what to do about it. */
export type Ready = { readonly ok: true } | { readonly ok: false; readonly reason: string; readonly nextStep?: string };

/** One thing this process needs in order to do its work. A check that throws or takes over 2 s counts as not ready. */
export interface Readiness {
  readonly name: string;
  /** True: without it the process still does what callers ask for, so it is shown as degraded and stays ready. */
  readonly optional?: boolean;
  check(): Promise<Ready>;
}
