/** The page itself, from `web/dist`, where `npm start` builds it. While it is not there, a plain page says what to do. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { HttpApp } from '@eventstream/service-kit/http';
import fastifyStatic from '@fastify/static';

/** Where the built page lies. */
const builtPage = join(import.meta.dirname, '..', '..', 'web', 'dist');

/** What is never the page: a wrong address there is a problem, not a page. */
const notThePage = /^\/(api|zipkin|problems)(\/|$)/;
/** Files whose names change with their content. */
const hashed = /^\/assets\//;
const oneYearS = 31_536_000;

const missing = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="5">
<title>The console is not built</title>
<body style="font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem">
<h1>The console is not built</h1>
<p>The system runs; only this page is missing. <code>npm start</code> builds it when its sources have changed: while that
is under way this page turns into the console by itself.</p>
<p>If it stays like this, the build has failed, and the terminal of <code>npm start</code> says why. Build it by hand with
<code>node services/console/web/build.ts</code>.</p>
</body>
</html>
`;

/** Serves the page for every address that is nothing else. */
export async function servePage(app: HttpApp): Promise<void> {
  await app.register(fastifyStatic, { root: builtPage, serve: false, cacheControl: false, dotfiles: 'deny' });
  app.get('/*', { exposeHeadRoute: true }, async (request, reply) => {
    const [path = '/'] = request.url.split('?', 1);
    if (notThePage.test(path)) return reply.callNotFound();
    if (!existsSync(join(builtPage, 'index.html')))
      return reply.type('text/html; charset=utf-8').header('cache-control', 'no-store').send(missing);
    if (hashed.test(path)) reply.header('cache-control', `public, max-age=${oneYearS}, immutable`);
    else reply.header('cache-control', 'no-cache');
    // An address of the page's own has no ending; its router reads it.
    return reply.sendFile(/\.\w+$/.test(path) ? path : 'index.html');
  });
}
