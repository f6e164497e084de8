/** Hearsay of a broker that may not be there yet: whoever listens hears once it is. */
import type { Hearsay } from '../port.ts';

/** Listens at `opening` once it has come. */
export function lateHearsay(opening: Promise<Hearsay>): Hearsay {
  return {
    listen(type, onEvent) {
      let hasStopped = false;
      let stop = (): void => {
        hasStopped = true;
      };
      void opening.then((hearsay) => {
        if (!hasStopped) stop = hearsay.listen(type, onEvent);
      });
      return () => stop();
    },
  };
}
