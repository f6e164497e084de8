/**
 * A whole system for a test: started by the project's own supervisor on free ports and a folder of its own, spoken to
 * over its public addresses only. Nothing here sleeps for a time; everything waits for a fact.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { eventually } from '@eventstream/testing/eventually';
import { outcomeOf, type ProgramOutcome } from '@eventstream/testing/outcome-of';
import { Type } from 'typebox';
import { Value } from 'typebox/value';

const root = join(import.meta.dirname, '..');

const running = Type.Object({
  httpUrl: Type.String(),
  gatewayUrl: Type.String(),
  eventstoreAddress: Type.String(),
  ordersAddress: Type.String(),
  natsUrl: Type.String(),
  adminSqlUrl: Type.String(),
  databases: Type.Record(Type.String(), Type.Record(Type.String(), Type.String())),
  parts: Type.Array(
    Type.Object({
      name: Type.String(),
      pid: Type.Optional(Type.Integer()),
      state: Type.String(),
      restarts: Type.Integer(),
      addresses: Type.Array(Type.String()),
      healthUrl: Type.Optional(Type.String()),
    }),
  ),
});
/** What running.json says. */
export type Running = ReturnType<typeof Value.Parse<typeof running>>;

const orderJson = Type.Object({
  order_id: Type.String(),
  status: Type.String(),
  amount: Type.Number(),
  currency: Type.String(),
  reason: Type.Optional(Type.Union([Type.String(), Type.Null()])),
});
/** An order as the API shows it. */
export type OrderJson = ReturnType<typeof Value.Parse<typeof orderJson>>;

/** What a test may say of an order it places. */
export interface OrderWish {
  readonly customer?: string;
  readonly price?: string;
  readonly quantity?: number;
  readonly code?: string;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One answer of the API. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

const cleanups: (() => Promise<void>)[] = [];

// Registered while the module loads, so that it belongs to the whole file and not to the hook that asked first.
after(async () => {
  for (const cleanup of cleanups.toReversed()) await cleanup();
});

/** How long any fact may take before the test fails. */
const factMsMax = 60_000;

const servicesOfAll = 8;

/** How a system is started. */
export interface StartOptions {
  /** Default: a new folder, removed when the test file is done. */
  readonly dataDir?: string;
  /** Services that something else plays. */
  readonly without?: readonly string[];
  /** Start the console too, for tests of it: it looks at every process each second, which the others can do without. */
  readonly console?: true;
}

/** A running system. */
export class TestSystem {
  readonly dataDir: string;
  readonly #child: ChildProcess;
  readonly #services: number;
  #output = '';
  #running: Running | undefined;

  private constructor(dataDir: string, child: ChildProcess, services: number) {
    this.dataDir = dataDir;
    this.#services = services;
    this.#child = child;
    const keep = (chunk: Buffer): void => {
      this.#output = (this.#output + chunk.toString()).slice(-20_000);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
  }

  /** Starts one and waits until every service is ready. It is stopped when the test file is done. */
  static async start(env: Readonly<Record<string, string>> = {}, options: StartOptions = {}): Promise<TestSystem> {
    const { dataDir } = options;
    const without = [...(options.without ?? []), ...(options.console === true ? [] : ['console'])];
    const folder = dataDir ?? (await mkdtemp(join(tmpdir(), 'eventstream-e2e-')));
    await chmod(folder, 0o755);
    const leftOut = without.flatMap((service) => ['--without', service]);
    const child = spawn(
      process.execPath,
      ['tools/launch.mjs', 'up', '--data-dir', folder, '--ports', 'auto', ...leftOut],
      {
        cwd: root,
        env: { ...process.env, TRACES_EXPORTER: 'none', ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      },
    );
    const system = new TestSystem(folder, child, servicesOfAll - without.length);
    cleanups.push(async () => {
      await system.stop();
      if (dataDir === undefined) await rm(folder, { recursive: true, force: true });
    });
    await system.eventually('every service is ready', () => system.#isReady());
    return system;
  }

  /** What the terminal would show. */
  get output(): string {
    return this.#output;
  }

  get running(): Running {
    assert(this.#running, 'the system is not running');
    return this.#running;
  }

  /** Where the console's page is. */
  get consoleUrl(): string {
    const [url] = this.running.parts.find(({ name }) => name === 'console')?.addresses ?? [];
    assert(url, 'the system was started without its console');
    return url;
  }

  /** Reads running.json anew: pids change when a service starts again. */
  async refresh(): Promise<Running> {
    this.#running = Value.Parse(running, JSON.parse(await readFile(join(this.dataDir, 'running.json'), 'utf8')));
    return this.#running;
  }

  /** Ctrl-C, and waits for the end. */
  async stop(): Promise<number | null> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.#child.exitCode;
    const ended = new Promise<number | null>((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGTERM');
    return ended;
  }

  /** Ends one part without a word, and answers how often it had been started again before. */
  async kill(name: string): Promise<number> {
    const part = await this.#part(name);
    assert(part?.pid, `${name} does not run`);
    process.kill(part.pid, 'SIGKILL');
    return part.restarts;
  }

  /** One part stands still, alive, until the answer is called. */
  async freeze(name: string): Promise<() => void> {
    const pid = (await this.#part(name))?.pid;
    assert(pid, `${name} does not run`);
    process.kill(pid, 'SIGSTOP');
    return () => process.kill(pid, 'SIGCONT');
  }

  /** Ends one part without a word; resolves when the supervisor has started it again and it is ready. */
  async killAndAwait(name: string): Promise<void> {
    const restarts = await this.kill(name);
    await this.eventually(`${name} is back`, async () => {
      const part = await this.#part(name);
      return part?.state === 'ready' && part.restarts > restarts;
    });
  }

  async #part(name: string): Promise<Running['parts'][number] | undefined> {
    return (await this.refresh()).parts.find((one) => one.name.startsWith(name));
  }

  async #isReady(): Promise<boolean> {
    assert(this.#child.exitCode === null, `the system ended while it was starting:\n${this.#output}`);
    // Absent or half of it until the supervisor has got that far.
    const found = await this.refresh().catch(() => undefined);
    const services = found?.parts.filter((part) => part.healthUrl) ?? [];
    return (
      services.length >= this.#services &&
      services.every((part) => part.state === 'ready') &&
      this.#output.includes('curl')
    );
  }

  async call(
    method: string,
    path: string,
    options: { body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const sent = typeof options.body === 'string' ? options.body : JSON.stringify(options.body);
    const response = await fetch(`${this.running.httpUrl}${path}`, {
      method,
      headers: { ...(options.body === undefined ? {} : { 'content-type': 'application/json' }), ...options.headers },
      ...(options.body === undefined ? {} : { body: sent }),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
  }

  post(wish: OrderWish = {}): Promise<Answer> {
    return this.call('POST', '/api/orders', {
      body: bodyOf(wish),
      headers: { ...wish.headers, ...(wish.key ? { 'idempotency-key': wish.key } : {}) },
    });
  }

  /** Places an order that must be accepted. */
  async place(wish: OrderWish = {}): Promise<string> {
    const answer = await this.post(wish);
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    return Value.Parse(orderJson, answer.body).order_id;
  }

  async order(id: string): Promise<OrderJson> {
    const answer = await this.call('GET', `/api/orders/${id}`);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return Value.Parse(orderJson, answer.body);
  }

  /** Waits until the order has this status. */
  async reaches(id: string, status: string): Promise<OrderJson> {
    let order: OrderJson | undefined;
    await this.eventually(
      `order ${id} is ${status}`,
      async () => {
        order = await this.order(id);
        return order.status === status;
      },
      () => `it is ${order?.status}`,
    );
    assert(order);
    return order;
  }

  /** The types of an order's events, in their order. */
  async events(id: string): Promise<string[]> {
    const answer = await this.call('GET', `/api/orders/${id}/events`);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    const { events } = Value.Parse(
      Type.Object({ events: Type.Array(Type.Object({ type: Type.String() })) }),
      answer.body,
    );
    return events.map((event) => event.type.replace('ORDERS.', ''));
  }

  /** What the provider's books say of an order. */
  async payment(id: string): Promise<{ status: string; voided_minor: string } | undefined> {
    const response = await fetch(`${this.running.gatewayUrl}/v1/payments/${id}`);
    if (response.status === 404) return undefined;
    return Value.Parse(Type.Object({ status: Type.String(), voided_minor: Type.String() }), await response.json());
  }

  /** What a process says of itself. */
  health(name: string, path: '/readyz' | '/metrics'): Promise<Response> {
    return fetch(`${this.running.parts.find((part) => part.name === name)?.healthUrl}${path}`);
  }

  /** Asks again until the fact holds. A refused connection counts as "not yet". */
  async eventually(fact: string, holds: () => Promise<boolean>, found: () => string = () => ''): Promise<void> {
    let last = '';
    const ask = async (): Promise<boolean> => {
      try {
        if (await holds()) return true;
        last = found();
      } catch (error) {
        last = error instanceof Error ? error.message : String(error);
        if (error instanceof assert.AssertionError && this.#child.exitCode !== null) throw error;
      }
      return false;
    };
    await eventually(ask, Boolean, { withinMs: factMsMax }).catch((cause: unknown) => {
      throw new Error(`it never came about that ${fact}; ${last}\n${this.#output}`, { cause });
    });
  }

  /** Runs a command of the command line against this system. */
  command(...args: string[]): Promise<ProgramOutcome> {
    return outcomeOf(process.execPath, ['tools/launch.mjs', ...args, '--data-dir', this.dataDir]);
  }

  /** Every promise holds, by the project's own verification. */
  async verify(): Promise<void> {
    const { code, stdout, stderr } = await this.command('verify', '--json');
    assert.equal(code, 0, `${stdout}\n${stderr}`);
  }
}

/** A new name for a customer, so that tests do not meet each other's orders. */
export function someCustomer(kind = 'customer'): string {
  return `${kind}:${randomUUID()}`;
}

function bodyOf(wish: OrderWish): Record<string, unknown> {
  return {
    customer_id: wish.customer ?? someCustomer(),
    restaurant_id: 'restaurant-1',
    order_items: [
      { code: wish.code ?? 'vm', name: 'Veg Meals', unit_price: wish.price ?? '200', quantity: wish.quantity ?? 2 },
    ],
  };
}
