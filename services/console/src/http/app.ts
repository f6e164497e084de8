/** The console's HTTP servers: the page with its API behind the guard, and the Zipkin API that exporters write to. */
import type { Clock, Logger } from '@eventstream/platform';
import { createHttpApp, EventStreams, type HttpApp, problemPages } from '@eventstream/service-kit/http';
import type { Health } from '../api/health.ts';
import type { Session } from '../api/session.ts';
import type { AuditTrail } from '../audit.ts';
import type { FloorCollector } from '../floor/collector.ts';
import { consoleProblems } from '../problems.ts';
import type { TraceStore } from '../traces/trace-store.ts';
import { type ActionParts, actionRoutes } from './action-routes.ts';
import { type DeadLetterParts, deadLetterRoutes } from './dead-letter-routes.ts';
import { problemOfFault } from './explain-faults.ts';
import { floorRoutes } from './floor-routes.ts';
import { addGuard, refuseForeignHosts } from './guard.ts';
import { type LogParts, logRoutes } from './log-routes.ts';
import { type OrderParts, orderRoutes } from './order-routes.ts';
import { servePage } from './page.ts';
import { type SagaParts, sagaRoutes } from './saga-routes.ts';
import { sessionRoute } from './session-route.ts';
import { type VerifyParts, verifyRoutes } from './verify-routes.ts';
import { zipkinReadRoutes, zipkinWriteRoutes } from './zipkin-routes.ts';

type Shared = 'trail' | 'operator' | 'clock';

/** What the server is made of. */
export interface ConsoleParts {
  readonly session: Omit<Session, 'csrfToken'>;
  readonly collector: FloorCollector;
  readonly actions: Omit<ActionParts, Shared>;
  readonly orders: OrderParts;
  readonly sagas: Omit<SagaParts, Shared>;
  readonly letters: Omit<DeadLetterParts, Shared>;
  readonly log: LogParts;
  readonly health: () => Promise<Health>;
  readonly verify: Omit<VerifyParts, Shared>;
  readonly traces: TraceStore;
  readonly trail: AuditTrail;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly streamsMax: number;
}

/** Silent streams say that they live well before anybody takes them for dead. */
const heartbeatMs = 10_000;

/** Makes the server of the page; it does not listen yet. */
export async function consoleApp(parts: ConsoleParts): Promise<HttpApp> {
  const app = createHttpApp({ logger: parts.logger, explain: problemOfFault });
  const guard = addGuard(app);
  const streams = new EventStreams(app, { maxOpen: parts.streamsMax, heartbeatMs });
  sessionRoute(app, { guard, session: parts.session });
  problemPages(app, consoleProblems);
  addRoutes(app, parts, streams);
  await servePage(app);
  return app;
}

function addRoutes(app: HttpApp, parts: ConsoleParts, streams: EventStreams): void {
  const { trail, clock, traces } = parts;
  const { operator } = parts.session;
  floorRoutes(app, { collector: parts.collector, streams });
  actionRoutes(app, { ...parts.actions, trail, operator });
  orderRoutes(app, { ...parts.orders, streams });
  sagaRoutes(app, { ...parts.sagas, clock });
  deadLetterRoutes(app, { ...parts.letters, trail, operator });
  logRoutes(app, { ...parts.log, streams });
  app.get('/api/health', () => parts.health());
  verifyRoutes(app, { ...parts.verify, trail, operator, streams });
  zipkinReadRoutes(app, '/zipkin', { traces, clock });
  app.get('/api/traces/held', () => traces.held());
}

/** Makes the server that exporters write to, and that answers as a Zipkin does; it does not listen yet. */
export function zipkinApp(parts: Pick<ConsoleParts, 'traces' | 'clock' | 'logger'>): HttpApp {
  const app = createHttpApp({ logger: parts.logger });
  refuseForeignHosts(app);
  zipkinWriteRoutes(app, parts);
  zipkinReadRoutes(app, '', parts);
  return app;
}
