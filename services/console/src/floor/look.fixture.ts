/** Looks at a system that exists only here. */
import { position } from '@eventstream/contracts';
import type { Look, ProcessLook } from './look.ts';
import type { Answer, Check } from './look-at-process.ts';
import { Numbers } from './numbers.ts';

/** Every process that is looked at. */
const processNames = [
  'ordersvc',
  'eventstoresvc',
  'paymentgateway',
  'paymentworker',
  'reviewworker',
  'sagacoordinator',
  'querymodelworker',
] as const;

/** A process that answers like this, with these metrics. */
export function processLook(
  name: string,
  change: {
    readonly kind?: Answer['kind'];
    readonly checks?: readonly Check[];
    readonly metrics?: string;
    readonly state?: string;
    readonly reason?: string;
  } = {},
): ProcessLook {
  const { kind = 'ready', checks = [], metrics = '', state = 'ready', reason } = change;
  return {
    name,
    supervised: { name, pid: 7, restarts: 0, state, addresses: [], ...(reason === undefined ? {} : { reason }) },
    healthUrl: 'http://127.0.0.1:1',
    answer: { kind, checks, numbers: kind === 'silent' ? undefined : new Numbers(metrics) },
  };
}

/** A look in which all is well but for what is changed. */
export function lookOf(
  change: Partial<Omit<Look, 'processes'>> & { readonly processes?: readonly ProcessLook[] } = {},
): Look {
  const { processes = [], ...rest } = change;
  const all = new Map(processNames.map((name) => [name, processLook(name)]));
  return {
    atMs: 1_000,
    tickMs: 0,
    isSupervised: true,
    postgres: { ok: true },
    nats: { ok: true },
    head: position(0),
    approval: { p50Ms: null, p99Ms: null },
    ...rest,
    processes: new Map([...all, ...processes.map((process) => [process.name, process] as const)]),
  };
}
