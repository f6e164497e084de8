/** What an operator does: place samples, start a burst, cancel, approve, reject; and what was done. */
import { isUuid, orderId } from '@eventstream/contracts';
import { newId } from '@eventstream/platform';
import { kitProblems, Problem } from '@eventstream/service-kit';
import { answer, type HttpApp } from '@eventstream/service-kit/http';
import { Type } from 'typebox';
import { cancelOrder, placeSample, reviewOrder, startBurst } from '../api/actions.ts';
import { printable } from '../api/values.ts';
import { type Action, type AuditTrail, audited } from '../audit.ts';
import type { BurstRunner } from '../burst.ts';
import { type Sample, samples } from '../samples.ts';
import type { OrdersApi } from './orders-api.ts';
import { pageQuery, uuidParams } from './shapes.ts';

/** What the routes act through. */
export interface ActionParts {
  readonly orders: OrdersApi;
  readonly bursts: BurstRunner;
  readonly trail: AuditTrail;
  /** Who acts when the request does not say. */
  readonly operator: string;
}

/** Adds the routes. */
export function actionRoutes(app: HttpApp, parts: ActionParts): void {
  placeRoute(app, parts);
  burstRoutes(app, parts);
  decisionRoutes(app, parts);
  auditRoute(app, parts);
}

/** Another customer each time, so that samples do not look alike. */
export function customerOf({ customer }: Sample): string {
  return `${customer}:${newId().slice(-8)}`;
}

function placeRoute(app: HttpApp, { orders, trail, operator }: ActionParts): void {
  app.post('/api/orders', { schema: { body: placeSample } }, async (request, reply) => {
    const { kind, by = operator } = request.body;
    const sample = samples.find((one) => one.kind === kind);
    const action: Action = { by, action: 'place', subject: kind, why: 'a sample order' };
    const placed =
      sample === undefined
        ? new Problem(kitProblems.invalidRequest, `there is no kind of sample order called ${kind}`)
        : await audited(trail, action, {
            run: () => orders.place(sample, customerOf(sample)),
            says: (one) => `order ${one.orderId} was placed`,
          });
    return answer(reply, placed, (one) => reply.code(201).send(one));
  });
}

function burstRoutes(app: HttpApp, { bursts, trail, operator }: ActionParts): void {
  app.post('/api/bursts', { schema: { body: startBurst } }, async (request, reply) => {
    const { by = operator, ...wish } = request.body;
    const subject = `${wish.orders} ${wish.mix} orders, ${wish.perSecond} a second`;
    const action: Action = { by, action: 'burst', subject, why: 'sample orders' };
    const begun = await audited(trail, action, {
      run: async () => bursts.start(wish, by, () => {}),
      says: () => 'the burst has begun',
    });
    return answer(reply, begun, (burst) => reply.code(202).send(burst));
  });
  app.post('/api/bursts/stop', async () => {
    bursts.stop();
    return { stopped: true };
  });
}

function decisionRoutes(app: HttpApp, { orders, trail, operator }: ActionParts): void {
  app.post('/api/orders/:id/cancel', { schema: { params: uuidParams, body: cancelOrder } }, async (request, reply) => {
    const { why, by = operator } = request.body;
    const id = orderId(request.params.id);
    const cancelled = await audited(
      trail,
      { by, action: 'cancel', subject: id, why },
      {
        run: () => orders.cancel(id, reasonOf(why, by)),
        says: ({ status }) => `the order is ${status}`,
      },
    );
    return answer(reply, cancelled, (one) => one);
  });
  app.post('/api/orders/:id/review', { schema: { params: uuidParams, body: reviewOrder } }, async (request, reply) => {
    const { decision, why, by = operator } = request.body;
    const id = orderId(request.params.id);
    const reviewed = await audited(
      trail,
      { by, action: decision, subject: id, why },
      {
        run: () => orders.review(id, decision, reasonOf(why, by)),
        says: ({ status }) => `the order is ${status}`,
      },
    );
    return answer(reply, reviewed, (one) => one);
  });
}

/** The order keeps the reason for ever, so it says there too who gave it. */
function reasonOf(why: string, by: string): string {
  return `${why} (${by}, at the console)`;
}

function auditRoute(app: HttpApp, { trail }: ActionParts): void {
  const query = Type.Object({ ...pageQuery, subject: Type.Optional(printable(200)) }, { additionalProperties: false });
  app.get('/api/audit', { schema: { querystring: query } }, (request) => {
    const { subject, cursor, limit } = request.query;
    return trail.list({
      limit: Number(limit ?? '50'),
      subject: subject !== undefined && isUuid(subject) ? subject.toLowerCase() : subject,
      cursor,
    });
  });
}
