/** The provider's HTTP server: bounded bodies and times, faults as JSON. */
import { type Logger, type Part, portTaken } from '@eventstream/platform';
import fastify, { type FastifyError } from 'fastify';
import { addGatewayRoutes, type GatewayParts } from './routes.ts';

/** A payment's body is three short fields; each character of the payer may take six bytes. */
const bodyBytesMax = 8_192;

/** Where the provider listens. */
export interface GatewayServerOptions extends GatewayParts {
  readonly address: string;
  readonly port: number;
  readonly logger: Logger;
}

/** The provider as a part of a process. */
export function gatewayServer(options: GatewayServerOptions): Part {
  const app = fastify({
    bodyLimit: bodyBytesMax,
    requestTimeout: 15_000,
    keepAliveTimeout: 30_000,
    forceCloseConnections: true,
    return503OnClosing: true,
  });
  app.setErrorHandler((error: FastifyError, _request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) options.logger.error({ err: error }, 'a payment call failed');
    return reply
      .code(status)
      .send({ error: error.code ?? 'failed', message: status >= 500 ? 'the provider failed' : error.message });
  });
  addGatewayRoutes(app, options);
  return {
    name: 'payment gateway http',
    checks: [],
    async start() {
      try {
        const address = await app.listen({ host: options.address, port: options.port });
        options.logger.info({ address }, 'listening');
      } catch (error) {
        throw portTaken(error, options.port, 'GATEWAY_PORT');
      }
    },
    stop: () => app.close(),
  };
}
