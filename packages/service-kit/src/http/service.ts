/** An HTTP server as a part of a process. */
import { portTaken, type Service } from '@eventstream/platform';
import type { HttpApp } from './server.ts';

/** Where to listen. */
export interface ListenOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Setting that moves the port, for the message when it is taken. */
  readonly portSetting: string;
}

/** Connections the kernel holds while this process is busy accepting; a flood must not be refused before we see it. */
const backlog = 4096;

/** Starts and stops a server. Stopping answers what is under way, and 503 to what arrives meanwhile. */
export function httpService(app: HttpApp, options: ListenOptions): Service {
  return {
    name: 'http',
    start: async () => {
      try {
        await app.listen({ host: options.host, port: options.port, backlog });
      } catch (error) {
        throw portTaken(error, options.port, options.portSetting);
      }
      app.log.info({ addresses: app.addresses() }, 'http is served');
    },
    stop: () => app.close(),
  };
}
