/** What nats-server refuses, by the codes of its server/errors.json that decide something here. */
import { JetStreamApiError } from '@nats-io/jetstream';

/** The codes. */
export const serverCodes = {
  streamNotFound: 10059,
  consumerNotFound: 10014,
  messageTooLarge: 10054,
  headersTooLarge: 10097,
} as const;

/** For a question whose answer may be that there is none: to be given to `catch`. Other errors are thrown on. */
export function undefinedFor(...codes: readonly number[]): (error: unknown) => undefined {
  return (error) => {
    if (error instanceof JetStreamApiError && codes.includes(error.code)) return undefined;
    throw error;
  };
}
