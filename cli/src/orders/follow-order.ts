/** Follows an order's event stream to the end of its life, over connections that may break. */
import { setTimeout as wait } from 'node:timers/promises';
import { CodedError, codeOf } from '@eventstream/platform';
import { Value } from 'typebox/value';
import { type OrderJson, type StepJson, stepShape } from './order-shapes.ts';
import type { OrdersApi } from './orders-api.ts';

const againAfterMs = 500;
const ends: readonly string[] = ['Approved', 'Cancelled'];

/** Whether nothing more will happen to an order in this status. */
function isEnd(status: string): boolean {
  return ends.includes(status);
}

/**
 * Waits until the order has ended, and answers it. Each step is told once. Throws `order_unfinished` when that takes
 * longer than `withinMs`, and what the API refuses.
 */
export async function followOrder(
  api: OrdersApi,
  id: string,
  options: { readonly withinMs: number; readonly onStep: (step: StepJson) => void },
): Promise<OrderJson> {
  const signal = AbortSignal.timeout(options.withinMs);
  let revision = 0;
  let isInReview = false;
  while (!signal.aborted) {
    try {
      const stream = await api.openStream(id, revision, signal);
      for await (const step of stepsOf(stream)) {
        if (step.revision <= revision) continue;
        revision = step.revision;
        isInReview = step.status === 'InReview';
        options.onStep(step);
      }
    } catch (error) {
      // Refusals of the request itself are final; busy, broken and unreachable ones pass.
      if (error instanceof CodedError && !isPassing(error)) throw error;
    }
    if (signal.aborted) break;
    const order = await api.get(id).catch(() => undefined);
    if (order !== undefined && isEnd(order.status)) return order;
    await wait(againAfterMs, undefined, { signal }).catch(() => undefined);
  }
  const within = `within ${options.withinMs / 1000} s`;
  const [says, nextStep] = isInReview
    ? [
        `Order ${id} waits for a person, and nobody has decided ${within}.`,
        `Decide: \`npx eventstream review approve ${id} --reason TEXT\`, or \`review reject\``,
      ]
    : [`Order ${id} has not ended ${within}.`, `See what it waits for: \`npx eventstream sagas show ${id}\``];
  throw new CodedError('order_unfinished', says, { details: { orderId: id, revision }, nextStep });
}

function isPassing(error: CodedError): boolean {
  const { status } = error.details;
  return codeOf(error) === 'orders_unreachable' || (typeof status === 'number' && status >= 429);
}

/** The steps in an answer of server-sent events; other events and comments are passed over. */
async function* stepsOf(response: Response | undefined): AsyncGenerator<StepJson> {
  const body = response?.body;
  if (!body) return;
  for await (const data of eventData(body.pipeThrough(new TextDecoderStream()))) {
    const step: unknown = JSON.parse(data);
    if (Value.Check(stepShape, step)) yield step;
  }
}

/** The data of each server-sent event in a text: its `data` lines, ended by an empty line. */
export async function* eventData(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  let data: string[] = [];
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split(/\r\n|\n/);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('data:')) data.push(line.slice('data:'.length).trimStart());
      if (line !== '' || data.length === 0) continue;
      yield data.join('\n');
      data = [];
    }
  }
}
