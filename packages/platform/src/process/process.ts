/**
 * The life of every process: read settings, start parts in order, serve until asked to stop, stop them in reverse.
 *
 * Exit codes: 0 stopped as asked; 1 failed (a part did not start, a bug surfaced, stopping took too long, or a second
 * signal demanded it); 2 the settings are wrong or a port is taken: restarting will not help.
 */
import { type Static, type TObject } from 'typebox';
import { type Clock, systemClock } from '../clock.ts';
import { CodedError, messageOf } from '../coded-error.ts';
import { armFailpoints } from '../failpoints.ts';
import { type CommonSettings, commonSettings, isLoopback, traceTarget } from '../settings/common-settings.ts';
import { readBothSettings } from '../settings/settings.ts';
import { createLogger, type Logger } from '../telemetry/logger.ts';
import { startProcessMetrics } from '../telemetry/metrics.ts';
import { startTracing } from '../telemetry/trace-export.ts';
import { type About, aboutThisProcess } from './about.ts';
import { type HealthServer, type Phase, startHealthServer } from './health-server.ts';
import type { Part, Readiness } from './part.ts';
import { watchReadiness } from './readiness-watch.ts';

/** What a process's wiring is given beside its settings. */
export interface Surroundings {
  readonly logger: Logger;
  readonly clock: Clock;
}

/** A whole process. */
export interface ProcessDefinition<Settings extends TObject> {
  readonly name: string;
  /** Its own settings; the common ones are added. */
  readonly settings: Settings;
  /** Port of the health server unless HEALTH_PORT is set; default 0, any free one. */
  readonly healthPort?: number;
  /** Builds the parts, in the order in which they start; starts nothing that needs stopping. */
  wire(settings: Static<Settings> & CommonSettings, surroundings: Surroundings): Promise<readonly Part[]>;
}

const stopLimitMs = 25_000;
/** Ctrl-C through npm arrives twice within a millisecond: only a later signal is a second wish. */
const secondSignalAfterMs = 1_000;

const exitCodes = { stopped: 0, failed: 1, misconfigured: 2 } as const;

/** Runs a process to its end and exits with its code. Resolves once the process serves. */
export async function runProcess<Settings extends TObject>(definition: ProcessDefinition<Settings>): Promise<void> {
  const settings = settingsOrExit(definition);
  const logger = createLogger({ service: definition.name, level: settings.LOG_LEVEL });
  const about = aboutThisProcess(definition.name, [
    { schema: definition.settings, values: settings },
    { schema: commonSettings, values: settings },
  ]);
  await new ProcessLife(about, logger, settings).run(definition.healthPort ?? 0, () =>
    definition.wire(settings, { logger, clock: systemClock }),
  );
}

function settingsOrExit<Settings extends TObject>(
  definition: ProcessDefinition<Settings>,
): Static<Settings> & CommonSettings {
  try {
    const { first, second } = readBothSettings(commonSettings, definition.settings, process.env);
    armFailpoints(first.FAILPOINTS, { process: definition.name, isLoopback: isLoopback(first.BIND_ADDRESS) });
    return Object.assign({}, second, first);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    process.stderr.write(`${definition.name}: ${error.message}\n${error.nextStep}\n`);
    process.exit(exitCodes.misconfigured);
  }
}

class ProcessLife {
  readonly #about: About;
  readonly #logger: Logger;
  readonly #settings: CommonSettings;
  readonly #started: Part[] = [];
  #phase: Phase = 'starting';
  #readiness: readonly Readiness[] = [];
  #health: HealthServer | undefined;
  #endWatch: (() => void) | undefined;
  #tracing: { stop(): Promise<void> } | undefined;
  #firstSignalMs: number | undefined;

  constructor(about: About, logger: Logger, settings: CommonSettings) {
    this.#about = about;
    this.#logger = logger;
    this.#settings = settings;
  }

  async run(healthPort: number, wire: () => Promise<readonly Part[]>): Promise<void> {
    this.#listenForTheEnd();
    try {
      await this.#start(healthPort, wire);
    } catch (error) {
      await this.#failToStart(error);
    }
  }

  async #start(healthPort: number, wire: () => Promise<readonly Part[]>): Promise<void> {
    startProcessMetrics();
    this.#tracing = await startTracing({
      service: this.#about.name,
      target: traceTarget(this.#settings),
      sampling: { ratio: this.#settings.TRACES_RATIO, perSecond: this.#settings.TRACES_PER_SECOND },
      logger: this.#logger,
      clock: systemClock,
    });
    this.#health = await startHealthServer({
      address: this.#settings.BIND_ADDRESS,
      port: this.#settings.HEALTH_PORT ?? healthPort,
      clock: systemClock,
      phase: () => this.#phase,
      readiness: () => this.#readiness,
      about: this.#about,
    });
    const parts = await wire();
    this.#readiness = parts.flatMap((part) => part.checks);
    for (const part of parts) {
      if (this.#phase === 'stopping') return; // a signal came meanwhile and is already stopping what had started
      this.#started.push(part);
      await part.start();
      this.#logger.debug({ part: part.name }, 'part started');
    }
    if (this.#phase === 'stopping') return;
    this.#phase = 'running';
    this.#endWatch = watchReadiness({ readiness: () => this.#readiness, logger: this.#logger });
    this.#logger.info({ healthPort: this.#health.port }, 'ready');
    process.send?.({ state: 'ready', healthPort: this.#health.port });
  }

  async #failToStart(error: unknown): Promise<void> {
    if (this.#phase === 'stopping') return;
    const expected = error instanceof CodedError;
    this.#logger.fatal(expected ? { err: error, nextStep: error.nextStep } : { err: error }, messageOf(error));
    await this.#stop(expected && error.code === 'port_taken' ? exitCodes.misconfigured : exitCodes.failed);
  }

  #listenForTheEnd(): void {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => this.#onSignal(signal));
    if (process.env['EVENTSTREAM_SUPERVISED'] === '1') {
      process.once('disconnect', () => this.#onSignal('the supervisor went away'));
    }
    for (const event of ['unhandledRejection', 'uncaughtException'] as const) {
      // The state is unknown now. Ending at once and starting again is the path that is tested.
      process.on(event, (error: unknown) => {
        this.#logger.fatal({ err: error, event }, 'a bug surfaced; this process ends');
        process.exit(exitCodes.failed);
      });
    }
  }

  #onSignal(reason: string): void {
    const nowMs = performance.now();
    if (this.#firstSignalMs === undefined) {
      this.#firstSignalMs = nowMs;
      this.#logger.info({ reason }, 'stopping');
      if (this.#phase !== 'stopping') void this.#stop(exitCodes.stopped);
      return;
    }
    if (nowMs - this.#firstSignalMs < secondSignalAfterMs) return;
    this.#logger.warn({ reason }, 'second signal: ending at once');
    process.exit(exitCodes.failed);
  }

  /** Stops everything in reverse order and exits; whatever happens, within stopLimitMs. */
  async #stop(exitCode: number): Promise<void> {
    const wasRunning = this.#phase === 'running';
    this.#phase = 'stopping';
    this.#endWatch?.();
    setTimeout(() => {
      this.#logger.fatal({ limitMs: stopLimitMs }, 'stopping took too long; this process ends now');
      process.exit(exitCodes.failed);
    }, stopLimitMs);
    if (wasRunning) await new Promise((resolve) => setTimeout(resolve, this.#settings.SHUTDOWN_DELAY));
    let code = exitCode;
    for (const part of this.#started.toReversed()) {
      try {
        await part.stop();
        this.#logger.debug({ part: part.name }, 'part stopped');
      } catch (error) {
        this.#logger.error({ err: error, part: part.name }, 'a part did not stop cleanly');
        code = exitCodes.failed;
      }
    }
    await this.#tracing?.stop();
    await this.#health?.stop();
    this.#logger.info({ exitCode: code }, 'stopped');
    process.exit(code);
  }
}
