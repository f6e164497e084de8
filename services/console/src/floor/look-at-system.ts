/** One look at everything: the supervisor's file, every process, both servers, the log's head. Never rejects. */
import { ordersLog, type Position } from '@eventstream/contracts';
import type { EventReader } from '@eventstream/event-store';
import { type Clock, messageOf, type Readiness, within } from '@eventstream/platform';
import type { Latency, Look, ProcessLook, ServerAnswer } from './look.ts';
import { type Answer, lookAtProcess } from './look-at-process.ts';
import { readSystemFile, type SupervisedPart } from './system-file.ts';

/** Where to look. */
export interface SystemToSee {
  /** The running.json; undefined: `processes` says which there are. */
  readonly systemFile: string | undefined;
  /** Name → health address. */
  readonly processes: ReadonlyMap<string, string>;
  readonly store: EventReader;
  readonly postgres: () => Promise<unknown>;
  readonly nats: Readiness;
  /** Milliseconds that orders took which were approved after this time. */
  readonly approvalsSince: (sinceMs: number) => Promise<readonly number[]>;
  readonly clock: Clock;
}

/** A server that stands still must be seen within two seconds. */
const serverMs = 850;
/** Sagas are folded a moment after their events; this much is looked at twice rather than missed. */
const approvalWindowMs = 5_000;

/** Looks once. */
export async function lookAtSystem(see: SystemToSee): Promise<Look> {
  const atMs = see.clock.nowMs();
  const tickMs = performance.now();
  const file = see.systemFile === undefined ? undefined : await readSystemFile(see.systemFile);
  const parts = file?.parts ?? [...see.processes].map(([name, healthUrl]) => ({ name, healthUrl }));
  const [processes, postgres, nats, head, approval] = await Promise.all([
    Promise.all(parts.map(seeProcess)),
    answers(see.postgres),
    answers(async () => {
      const ready = await see.nats.check();
      if (!ready.ok) throw new Error(ready.reason);
    }),
    headOf(see.store),
    approvalOf(see),
  ]);
  return {
    atMs,
    tickMs,
    isSupervised: file !== undefined,
    processes: new Map(processes.map((process) => [process.name, process])),
    postgres,
    nats,
    head,
    approval,
  };
}

async function seeProcess(
  part: SupervisedPart | { readonly name: string; readonly healthUrl: string },
): Promise<ProcessLook> {
  const supervised = 'state' in part ? part : undefined;
  const { name, healthUrl } = part;
  const answer: Answer | undefined = healthUrl === undefined ? undefined : await lookAtProcess(healthUrl);
  return { name, supervised, healthUrl, answer };
}

async function answers(ask: () => Promise<unknown>): Promise<ServerAnswer> {
  try {
    await within(serverMs, ask());
    return { ok: true };
  } catch (error) {
    return { ok: false, reason: messageOf(error) };
  }
}

async function headOf(store: EventReader): Promise<Position | null> {
  try {
    return (await within(serverMs, store.head(ordersLog))).position;
  } catch {
    return null;
  }
}

async function approvalOf({ approvalsSince, clock }: SystemToSee): Promise<Latency> {
  try {
    const took = await within(serverMs, approvalsSince(clock.nowMs() - approvalWindowMs));
    return { p50Ms: quantile(took, 0.5), p99Ms: quantile(took, 0.99) };
  } catch {
    return { p50Ms: null, p99Ms: null };
  }
}

function quantile(values: readonly number[], share: number): number | null {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;
}
