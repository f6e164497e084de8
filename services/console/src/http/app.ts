/** The console's HTTP server: the guard in front of everything, every route, and the page. */
import type { Log } from '@eventstream/platform';
import { createHttpApp, EventStreams, type HttpApp } from '@eventstream/service-kit/http';
import type { Session } from '../api/session.ts';
import type { FloorCollector } from '../floor/collector.ts';
import { type ActionParts, actionRoutes } from './action-routes.ts';
import { floorRoutes } from './floor-routes.ts';
import { addGuard } from './guard.ts';
import { servePage } from './page.ts';
import { sessionRoutes } from './session-routes.ts';

/** What the server is made of. */
export interface ConsoleParts {
  readonly session: Omit<Session, 'csrfToken'>;
  readonly collector: FloorCollector;
  readonly actions: Omit<ActionParts, 'operator'>;
  readonly log: Log;
  readonly streamsMax: number;
  /** Where the page was built; for tests. */
  readonly pageFolder?: string;
}

/** Silent streams say that they live well before anybody takes them for dead. */
const heartbeatMs = 10_000;

/** Makes the server; it does not listen yet. */
export async function consoleApp(parts: ConsoleParts): Promise<HttpApp> {
  const app = createHttpApp({ log: parts.log });
  const guard = addGuard(app);
  const streams = new EventStreams(app, { maxOpen: parts.streamsMax, heartbeatMs });
  sessionRoutes(app, { guard, session: parts.session });
  floorRoutes(app, { collector: parts.collector, streams });
  actionRoutes(app, { ...parts.actions, operator: parts.session.operator });
  await servePage(app, parts.pageFolder);
  return app;
}
