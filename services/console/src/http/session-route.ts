/** What a page asks first. */
import type { HttpApp } from '@eventstream/service-kit/http';
import type { Session } from '../api/session.ts';
import type { Guard } from './guard.ts';

/** Adds the route. `session` is what every page is told; its token is made for each. */
export function sessionRoute(
  app: HttpApp,
  { guard, session }: { guard: Guard; session: Omit<Session, 'csrfToken'> },
): void {
  app.get('/api/session', async (request, reply): Promise<Session> => {
    reply.header('cache-control', 'no-store');
    return { ...session, csrfToken: guard.tokenFor(request, reply) };
  });
}
