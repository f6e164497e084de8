/** The HTTP server of the service: its routes, their description at /docs, and the pages that explain its problems. */
import type { Logger } from '@eventstream/platform';
import {
  createHttpApp,
  describeApi,
  EventStreams,
  type HttpApp,
  problemPages,
  refuseForeignPages,
} from '@eventstream/service-kit/http';
import type { Doors } from '../doors.ts';
import { orderProblems } from '../problems.ts';
import type { OrderService } from '../service.ts';
import { orderRoutes } from './routes.ts';

/** Where new orders are posted. */
const newOrdersUrl = '/api/orders';

/** What the server is made of. */
export interface OrdersAppOptions {
  readonly endpoints: OrderService;
  readonly doors: Doors;
  readonly logger: Logger;
  readonly streamsMax: number;
  readonly heartbeatMs: number;
  /** By which this is called beside 127.0.0.1 and localhost, in lower case. */
  readonly names?: readonly string[] | undefined;
}

/** Makes the server; it does not listen yet. */
export async function ordersApp(options: OrdersAppOptions): Promise<HttpApp> {
  const { writes, newOrders } = options.doors;
  const app = createHttpApp({
    logger: options.logger,
    exactNumberFields: ['unit_price'],
    // Whatever is posted here is a write, and posted to this very address it is a new order.
    refuseEarly: ({ method, url }) => {
      if (method !== 'POST') return undefined;
      return writes.refuse() ?? (url === newOrdersUrl ? newOrders.refuse() : undefined);
    },
  });
  refuseForeignPages(app, options.names);
  await describeApi(app, {
    title: 'Orders',
    version: '1.0.0',
    description:
      'Place, look at, cancel, review and follow orders. Errors are problem details (RFC 9457). Amounts are exact: ' +
      'minor units stand beside the decimal numbers. A request may send X-Request-Id (1 to 64 of A–Z a–z 0–9 . _ : -); ' +
      'the answer has it, or one that was made, and the log names the request by it.',
  });
  const streams = new EventStreams(app, { maxOpen: options.streamsMax, heartbeatMs: options.heartbeatMs });
  orderRoutes(app, { endpoints: options.endpoints, streams });
  problemPages(app, orderProblems);
  return app;
}
