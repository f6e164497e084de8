/**
 * A browser on this machine can reach what listens on loopback, and so can every page that is open in it. A page of
 * another site may neither write nor read: when it writes it names its origin, and when it reads by a host name of its
 * own that was bent to this address (DNS rebinding) it names that host. Programs send no origin, and name the host that
 * they were given.
 */
import { kitProblems, Problem } from '../problem.ts';
import { answerProblem } from './problem-reply.ts';
import type { HttpApp } from './server.ts';

const loopbackNames = ['127.0.0.1', 'localhost', '[::1]'];

/** Answers only what names this machine, or one of `names` (a proxy's, in lower case); at any port, as tunnels have others. */
export function refuseForeignPages(app: HttpApp, names: readonly string[] = []): void {
  const known = new Set([...loopbackNames, ...names]);
  const isOurs = (place: string): boolean => known.has(place.replace(/:\d*$/, '').toLowerCase());
  app.addHook('onRequest', (request, reply, goOn) => {
    const { host, origin } = request.headers;
    const isNamedWell = host === undefined || isOurs(host); // no host: HTTP/1.0, which no browser speaks
    if (isNamedWell && (origin === undefined || isOurs(origin.replace(/^https?:\/\//, '')))) return goOn();
    void answerProblem(reply, request.id, new Problem(kitProblems.foreignRequest, refusal));
  });
}

const refusal = 'this is called by programs, and by pages of this machine, as 127.0.0.1 or localhost; nothing was done';
