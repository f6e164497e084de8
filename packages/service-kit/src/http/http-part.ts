/** An HTTP server as a part of a process. */
import { type Part, portTaken } from '@eventstream/platform';
import type { HttpApp } from './server.ts';
import { listenTogether, type SharedPort } from './shared-port.ts';

/** Where to listen. */
export interface ListenOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Setting that moves the port, for the message when it is taken. */
  readonly portSetting: string;
}

/** Starts and stops a server. Stopping answers what is under way, and 503 to what arrives meanwhile. */
export function httpPart(app: HttpApp, options: ListenOptions): Part {
  let shared: SharedPort | undefined;
  return {
    name: 'http',
    checks: [],
    start: async () => {
      try {
        shared = await listenTogether(app, options);
      } catch (error) {
        throw portTaken(error, options.port, options.portSetting);
      }
      app.log.info({ addresses: app.addresses() }, 'http is served');
    },
    stop: async () => {
      await app.close();
      await shared?.ended();
    },
  };
}
