/** One clear line when a port is in use, the same for every kind of server. */
import { CodedError } from './coded-error.ts';
import { isAddressInUse } from './held-port.ts';

/** The error to throw when listening failed: says which port and which setting moves it if the port is taken. */
export function portTaken(error: unknown, port: number, settingName: string): unknown {
  if (!isAddressInUse(error)) return error;
  return new CodedError('port_taken', `port ${port} is in use; set ${settingName} to another one`, {
    details: { port, settingName },
    cause: error,
    nextStep: `stop the other program on port ${port}, or set ${settingName}`,
  });
}
