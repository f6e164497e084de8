/** What a customer does with an order after it was acknowledged, and what a person does who reviews it; as drawn. */
import type { OrderKind } from '../../cli/src/load/mix.ts';
import type { Draw } from '../draw.ts';
import { pause } from '../pause.ts';
import type { History, OrderHistory } from './history.ts';
import type { Answer, Client } from './requests.ts';

/** What a life needs. */
export interface LifeParts {
  readonly client: Client;
  readonly history: History;
  /** Aborts when the load is over: nobody asks again. */
  readonly over: AbortSignal;
}

const chances = { look: 0.1, repeat: 0.1, otherOrder: 0.03, cancel: 0.2, approve: 0.5, reject: 0.3, giveUp: 0.05 };
const triesMax = 8;

/** Lives it. `body` is what was ordered, `kind` what it is meant to lead to. */
export async function liveOn(
  { client, history, over }: LifeParts,
  order: OrderHistory,
  { kind, body, draw }: { readonly kind: OrderKind; readonly body: string; readonly draw: Draw },
): Promise<void> {
  const note = (answer: Answer): Answer => {
    history.note(order, answer);
    return answer;
  };
  if (draw.chance(chances.look)) note(await client.look(order));
  if (draw.chance(chances.repeat)) note(await client.place('repeat', order, body));
  if (draw.chance(chances.otherOrder))
    note(await client.place('otherOrder', order, body.replace('restaurant-1', 'restaurant-2')));
  if (kind === 'plain' && draw.chance(chances.cancel)) {
    await pause(draw.between(0, 400), over);
    await insist(() => client.cancel(order).then(note), draw, over);
  }
  if (kind !== 'large') return;
  // Those that nobody reviews are late, and undone.
  const wish = draw.chance(chances.approve) ? 'approve' : draw.chance(chances.reject) ? 'reject' : undefined;
  if (wish === undefined || !(await waitsForReview(client, order, over))) return;
  await insist(() => client.review(order, wish).then(note), draw, over);
}

/** Asks until there is a clear answer; a few give up before, and never learn. */
async function insist(ask: () => Promise<Answer>, draw: Draw, over: AbortSignal): Promise<Answer> {
  let answer = await ask();
  for (let tries = 1; tries < triesMax && isUnclear(answer); tries += 1) {
    if (over.aborted || draw.chance(chances.giveUp)) break;
    await pause(draw.between(100, 400) * tries, over);
    answer = await ask();
  }
  return answer;
}

function isUnclear({ verdict, answer }: Answer): boolean {
  return verdict === 'unknown' || (verdict === 'refused' && !answer.startsWith('4'));
}

const reviewLookEveryMs = 300;

/** False when it came to another end first. */
async function waitsForReview(client: Client, order: OrderHistory, over: AbortSignal): Promise<boolean> {
  while (!over.aborted) {
    const { status } = await client.look(order);
    if (status === 'InReview') return true;
    if (status === 'Approved' || status === 'Cancelled' || status === 'Cancelling') return false;
    await pause(reviewLookEveryMs, over);
  }
  return false;
}
