/** Serves the pages that the `type` of a problem points at, from docs/problems. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Type } from 'typebox';
import { kitProblems, Problem, type ProblemType } from '../problem.ts';
import { answer } from './answer.ts';
import type { HttpApp } from './server.ts';

const folder = join(import.meta.dirname, '../../../../docs/problems');

/** The page of a problem type, as Markdown. */
export function readProblemPage(type: ProblemType): Promise<string> {
  return readFile(join(folder, `${type.slug}.md`), 'utf8');
}

/** Adds the route of the pages: of the problems that any service can have, and of the service's own. */
export function problemPages(app: HttpApp, own: Readonly<Record<string, ProblemType>>): void {
  // The only names that are ever made into a file's.
  const types = [...Object.values(kitProblems), ...Object.values(own)];
  app.get(
    '/problems/:slug',
    {
      schema: {
        tags: ['problems'],
        summary: 'What a problem means, and what to do about it',
        params: Type.Object({ slug: Type.String({ maxLength: 64 }) }),
      },
    },
    async (request, reply) => {
      const type = types.find((one) => one.slug === request.params.slug);
      const page =
        type === undefined
          ? new Problem(kitProblems.noSuchResource, `no problem is called ${request.params.slug}`)
          : await readProblemPage(type);
      return answer(reply, page, (text) => reply.type('text/markdown; charset=utf-8').send(text));
    },
  );
}
