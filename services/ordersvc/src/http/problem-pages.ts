/** Serves the pages that the `type` of a problem points at, from docs/problems. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { kitProblems, Problem, type ProblemType } from '@eventstream/service-kit';
import { answer, type HttpApp } from '@eventstream/service-kit/http';
import { Type } from 'typebox';
import { orderProblems } from '../problems.ts';

const folder = join(import.meta.dirname, '../../../../docs/problems');

/** Every type this service answers; the only names that are ever made into a file's. */
export const problemTypes: readonly ProblemType[] = [...Object.values(kitProblems), ...Object.values(orderProblems)];

/** The page of a problem type, as Markdown. */
export function readProblemPage(type: ProblemType): Promise<string> {
  return readFile(join(folder, `${type.slug}.md`), 'utf8');
}

/** Adds the route of the pages. */
export function problemPages(app: HttpApp): void {
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
      const type = problemTypes.find((one) => one.slug === request.params.slug);
      const page =
        type === undefined
          ? new Problem(kitProblems.noSuchResource, `no problem is called ${request.params.slug}`)
          : await readProblemPage(type);
      return answer(reply, page, (text) => reply.type('text/markdown; charset=utf-8').send(text));
    },
  );
}
