/** What a page asks first, and the pages that explain a problem. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { kitProblems, Problem, type ProblemType } from '@eventstream/service-kit';
import { answer, type HttpApp } from '@eventstream/service-kit/http';
import { Type } from 'typebox';
import type { Session } from '../api/session.ts';
import { consoleProblems } from '../problems.ts';
import type { Guard } from './guard.ts';

const pages = join(import.meta.dirname, '../../../../docs/problems');

/** Every problem the console answers; the only names that are ever made into a file's. */
export const problemTypes: readonly ProblemType[] = [...Object.values(kitProblems), ...Object.values(consoleProblems)];

/** The page of a problem, as Markdown. */
export function readProblemPage(type: ProblemType): Promise<string> {
  return readFile(join(pages, `${type.slug}.md`), 'utf8');
}

/** Adds the routes. `session` is what every page is told; its token is made for each. */
export function sessionRoutes(
  app: HttpApp,
  { guard, session }: { guard: Guard; session: Omit<Session, 'csrfToken'> },
): void {
  app.get('/api/session', async (request, reply): Promise<Session> => {
    reply.header('cache-control', 'no-store');
    return { ...session, csrfToken: guard.tokenFor(request, reply) };
  });
  app.get(
    '/problems/:slug',
    { schema: { params: Type.Object({ slug: Type.String({ maxLength: 64 }) }) } },
    async (request, reply) => {
      const type = problemTypes.find((one) => one.slug === request.params.slug);
      const page =
        type === undefined
          ? new Problem(kitProblems.noSuchResource, `no problem is called ${request.params.slug}`)
          : await readProblemPage(type);
      return answer(reply, page, (text) => reply.type('text/markdown; charset=utf-8').send(text));
    },
  );
}
