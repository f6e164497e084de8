/**
 * The whole system as one thing that starts and stops: servers, bootstrapper, services, in this order and back.
 * What runs is written to running.json at every change.
 */
import { claimFolder, type FolderClaim, type ProcessState, type SupervisedProcess } from '@eventstream/local-servers';
import { type Clock, CodedError, messageOf } from '@eventstream/platform';
import { bootstrapperEnvironment, serviceEnvironment } from './addresses.ts';
import { runBootstrapper } from './bootstrap.ts';
import { createDataFolder, type DataFolder } from './data-folder.ts';
import { describeServer, describeService, describeSystem } from './describe-system.ts';
import type { Ports } from './ports.ts';
import {
  type RunningPart,
  type RunningSystem,
  removeRunningSystem,
  runningFileOf,
  writeRunningSystem,
} from './running-system.ts';
import { type EmbeddedServer, openNatsServer, openSqlServer, type ServerSurroundings } from './servers.ts';
import { startService } from './service-process.ts';
import type { ServicePlan } from './services.ts';
import { changeToTell } from './tell-change.ts';

/** Longer than a service waits for a port that an outgoing connection holds. */
const maxReadyMs = 75_000;
/** Nobody waits long for what the system does without. */
const maxOptionalReadyMs = 15_000;

/** What to run. */
export interface SystemOptions {
  readonly folder: DataFolder;
  readonly ports: Ports;
  readonly services: readonly ServicePlan[];
  /** Absent: nothing is bootstrapped. */
  readonly bootstrapperEntry?: string;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  /** Takes one line for the terminal. */
  readonly tell: (line: string) => void;
}

/** The system. Start it once, stop it once. */
export class System {
  readonly #options: SystemOptions;
  readonly #stopping = new AbortController();
  readonly #servers: EmbeddedServer[] = [];
  readonly #services = new Map<string, SupervisedProcess>();
  readonly #states = new Map<string, ProcessState>();
  #claim: FolderClaim | undefined;
  #starting: Promise<RunningSystem> | undefined;
  #described: Omit<RunningSystem, 'parts'> | undefined;
  #isFileOld = false;

  constructor(options: SystemOptions) {
    this.#options = options;
  }

  /** Starts everything and resolves when all of it is ready. When it throws, or `stop()` comes in between, call `stop()`. */
  start(): Promise<RunningSystem> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  /** Stops services, then servers, each after those that need it; resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.#stopping.abort(); // from here on nothing new is started
    for (const wave of [2, 1]) {
      const plans = this.#options.services.filter((plan) => plan.wave === wave);
      await Promise.all(this.#supervised(plans).map((one) => one.stop()));
    }
    // A server that is just being started is known only when that is over.
    await this.#starting?.catch(() => undefined);
    await Promise.all(this.#servers.map((server) => server.stop()));
    if (this.#claim !== undefined) removeRunningSystem(this.#options.folder.root);
    this.#claim?.release();
  }

  /** Ends every process at once, as a crash does. For a user who doesn't want to wait. */
  async kill(): Promise<void> {
    this.#stopping.abort();
    const processes = [...this.#services.values(), ...this.#servers.map((server) => server.process)];
    await Promise.all(processes.map((one) => one.stop([])));
  }

  async #start(): Promise<RunningSystem> {
    const { folder, ports, env, clock, tell, services } = this.#options;
    createDataFolder(folder);
    this.#claim = claimFolder(folder.root);
    const surroundings: ServerSurroundings = {
      folder,
      ports,
      env,
      tell,
      onState: (name, state) => this.#onState(name, state),
    };
    const opening = [this.#keep(openSqlServer(surroundings)), this.#keep(openNatsServer(surroundings))] as const;
    await Promise.allSettled(opening); // when one fails, the other has to be stopped too
    const [{ sql }, nats] = await Promise.all(opening);
    const described = describeSystem(this.#options, { sql, nats }, clock.nowMs());
    this.#described = described;
    this.#write({ ...described, parts: this.#parts() }); // also when no service is ours, and so nothing changes any more
    if (this.#options.bootstrapperEntry !== undefined) {
      this.#goOn();
      const bootEnv = bootstrapperEnvironment({ sql, natsUrl: nats.url, env });
      const { signal } = this.#stopping;
      await runBootstrapper({ entry: this.#options.bootstrapperEntry, folder, env: bootEnv, signal, tell });
    }
    const systemFile = runningFileOf(folder.root);
    const surroundingsOfServices = { ports, sql, natsUrl: nats.url, env, services, systemFile };
    for (const wave of [1, 2]) {
      await this.#startServices(
        services.filter((plan) => plan.wave === wave),
        (plan) => serviceEnvironment(plan, surroundingsOfServices),
      );
    }
    this.#goOn();
    return { ...described, parts: this.#parts() };
  }

  async #keep<Opened extends { server: EmbeddedServer | undefined }>(opening: Promise<Opened>): Promise<Opened> {
    const opened = await opening;
    if (opened.server !== undefined) this.#servers.push(opened.server);
    return opened;
  }

  async #startServices(plans: readonly ServicePlan[], envOf: (plan: ServicePlan) => NodeJS.ProcessEnv): Promise<void> {
    this.#goOn();
    const { folder, ports } = this.#options;
    for (const plan of plans) {
      const onState = (state: ProcessState) => this.#onState(plan.name, state);
      const healthPort = ports[plan.ports.HEALTH_PORT];
      this.#services.set(plan.name, startService(plan, { folder, env: envOf(plan), healthPort, onState }));
    }
    await Promise.all(plans.map((plan) => this.#whenReady(plan)));
  }

  async #whenReady(plan: ServicePlan): Promise<void> {
    const [supervised] = this.#supervised([plan]);
    if (plan.isOptional !== true) return supervised?.ready(maxReadyMs);
    try {
      await supervised?.ready(maxOptionalReadyMs);
    } catch (error) {
      this.#options.tell(`${plan.name} is not ready yet; nothing waits for it: ${messageOf(error)}`);
    }
  }

  #supervised(plans: readonly ServicePlan[]): SupervisedProcess[] {
    return plans.flatMap(({ name }) => this.#services.get(name) ?? []);
  }

  /** Throws when `stop()` was called meanwhile. */
  #goOn(): void {
    if (this.#stopping.signal.aborted) throw new CodedError('stopped', 'Stopped before everything had started.');
  }

  #onState(name: string, state: ProcessState): void {
    const before = this.#states.get(name);
    this.#states.set(name, state);
    const line = this.#stopping.signal.aborted ? undefined : changeToTell(before, state);
    if (line !== undefined) this.#options.tell(`${name} ${line}`);
    if (this.#described !== undefined) this.#write({ ...this.#described, parts: this.#parts() });
  }

  /** A full disk is no reason to end what runs: the file is old until the next change of state finds room. */
  #write(system: RunningSystem): void {
    try {
      writeRunningSystem(system);
      this.#isFileOld = false;
    } catch (error) {
      if (!this.#isFileOld)
        this.#options.tell(
          `what runs cannot be written down; commands see an older state meanwhile: ${messageOf(error)}`,
        );
      this.#isFileOld = true;
    }
  }

  #parts(): RunningPart[] {
    const { folder, services } = this.#options;
    const servers = this.#servers.map((server) => describeServer(folder, server));
    const running = services.flatMap((plan) => {
      const supervised = this.#services.get(plan.name);
      return supervised === undefined ? [] : [describeService(this.#options, plan, supervised)];
    });
    return [...servers, ...running];
  }
}
