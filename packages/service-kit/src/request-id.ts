/** The id that names a call in logs and answers. */
import { newId } from '@eventstream/platform';

const usable = /^[A-Za-z0-9._:-]{1,64}$/;

/** The caller's own id when it sent a usable one, or else a new one. */
export function requestIdFrom(sent: unknown): string {
  return typeof sent === 'string' && usable.test(sent) ? sent : newId();
}
