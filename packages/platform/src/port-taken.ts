/** One clear line when a port is in use, the same for every kind of server. */
import { CodedError, codeOf, messageOf } from './coded-error.ts';

/** The error to throw when listening failed: says which port and which setting moves it if the port is taken. */
export function portTaken(error: unknown, port: number, settingName: string): unknown {
  // grpc-js wraps the system's error and keeps only its text.
  const taken = codeOf(error) === 'EADDRINUSE' || messageOf(error).includes('EADDRINUSE');
  if (!taken) return error;
  return new CodedError('port_taken', `port ${port} is in use; set ${settingName} to another one`, {
    details: { port, settingName },
    cause: error,
    nextStep: `stop the other program on port ${port}, or set ${settingName}`,
  });
}
