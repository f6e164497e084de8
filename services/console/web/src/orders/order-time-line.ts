/** What an order's time axis shows, from what is known of it: instants, causes, and when each step of its saga ran. Pure. */
import type { OrderDetail, OrderStep, SagaStep } from '../server/answers.ts';
import type { SpanLine } from '../traces/span-tree.ts';

/** A stretch of time in which a step of the saga stood like this. */
export interface SagaBar {
  readonly step: string;
  readonly kind: SagaStep['kind'];
  readonly fromMs: number;
  /** Null while it lasts. */
  readonly toMs: number | null;
}

/** The kinds that take time. */
const lasting: readonly SagaStep['kind'][] = ['running', 'toUndo', 'undoAsked'];

export function sagaBars(steps: readonly OrderStep[]): SagaBar[] {
  const bars: SagaBar[] = [];
  const open = new Map<string, SagaBar>();
  for (const { saga, event } of steps) {
    for (const { name, kind } of saga?.steps ?? []) {
      const bar = open.get(name);
      if (bar?.kind === kind) continue;
      if (bar !== undefined) bars.push({ ...bar, toMs: event.recordedAtMs });
      open.delete(name);
      if (lasting.includes(kind)) open.set(name, { step: name, kind, fromMs: event.recordedAtMs, toMs: null });
    }
  }
  return [...bars, ...open.values()].toSorted((a, b) => a.fromMs - b.fromMs);
}

/** Every instant that needs a place of its own. */
export function instantsOf(order: OrderDetail, spans: readonly SpanLine[]): number[] {
  return [
    ...order.steps.map(({ event }) => event.recordedAtMs),
    ...order.payment.ledger.map(({ bookedAtMs }) => bookedAtMs),
    ...spans.flatMap(({ fromMs, toMs }) => [fromMs, toMs]),
  ];
}

/** A line from a cause to what it led to, by their places in the list. */
export interface Cause {
  readonly from: number;
  readonly to: number;
}

export function causesOf(steps: readonly OrderStep[]): Cause[] {
  return steps.flatMap(({ causedBy }, to) => {
    const from = steps.findIndex(({ event }) => event.revision === causedBy);
    return causedBy === null || from < 0 ? [] : [{ from, to }];
  });
}
