/** The API's description (OpenAPI 3.1) made from the routes themselves, and a page to read and try it at `/docs`. */
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { HttpApp } from './server.ts';

/** What the description says about the whole. */
export interface ApiDescription {
  readonly title: string;
  readonly version: string;
  readonly description: string;
}

/** Describes every route that is added afterwards. JSON at `/docs/json`; the page loads nothing from elsewhere. */
export async function describeApi(app: HttpApp, about: ApiDescription): Promise<void> {
  await app.register(swagger, { openapi: { openapi: '3.1.0', info: { ...about } } });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: true,
    // The badge of the default configuration would send the document to a validator on the internet.
    uiConfig: { validatorUrl: null, deepLinking: true },
  });
}
