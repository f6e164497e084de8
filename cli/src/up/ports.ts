/** Which port everything gets, and a clear word when one is taken. */
import { freePort } from '@eventstream/local-servers';
import { awaitFreePort, CodedError } from '@eventstream/platform';
import { type PortName, servicePlans, standardPorts } from './services.ts';

/** Every port of one running system. */
export type Ports = Readonly<Record<PortName, number>>;

/** The value of `--ports`: standard ones, all chosen at random, or some moved. */
export type PortChoice = 'auto' | Partial<Ports>;

/** Reads `auto` or `name=port,name=port`. Throws `ports_invalid` with what is wrong. */
export function parsePorts(text: string): PortChoice {
  if (text === 'auto') return 'auto';
  const chosen: Partial<Record<PortName, number>> = {};
  for (const part of text.split(',')) {
    const [name = '', number = ''] = part.trim().split('=');
    if (!isPortName(name)) throw invalid(`"${name}" is no port of this system.`);
    const port = Number(number);
    if (!/^\d+$/.test(number) || port < 1 || port > 65_535)
      throw invalid(`"${part.trim()}" gives no port from 1 to 65535.`);
    chosen[name] = port;
  }
  return chosen;
}

/** Ports moved by a service's own setting in the environment, such as HTTP_PORT; HEALTH_PORT, which every service has, moves none. */
export function portsFromEnvironment(env: NodeJS.ProcessEnv): Partial<Ports> {
  const settings = servicePlans
    .flatMap(({ ports }) => Object.entries(ports))
    .filter(([setting]) => setting !== 'HEALTH_PORT');
  const moved = settings.flatMap(([setting, name]) => (env[setting] ? [`${name}=${env[setting]}`] : []));
  const parsed = moved.length === 0 ? {} : parsePorts(moved.join(','));
  return parsed === 'auto' ? {} : parsed;
}

/** The names that `--ports` knows. */
export const portNames: readonly PortName[] = Object.keys(standardPorts).filter(isPortName);

function isPortName(name: string): name is PortName {
  return Object.hasOwn(standardPorts, name);
}

function invalid(message: string): CodedError {
  return new CodedError('ports_invalid', message, {
    nextStep: `Write --ports auto, or --ports http=3010,sql=26300. Names: ${portNames.join(', ')}.`,
  });
}

/**
 * All ports by this choice. Those in `used` are checked; throws `port_taken` that names the port and how to move it. One that
 * only a connection holds that goes out is waited for, and `tell` gets a line that says so.
 */
export async function choosePorts(
  choice: PortChoice,
  used: readonly PortName[],
  tell: (line: string) => void = () => {},
): Promise<Ports> {
  if (choice === 'auto') return randomPorts();
  const ports: Ports = { ...standardPorts, ...choice };
  const seen = new Map<number, PortName>();
  for (const name of used) {
    const port = ports[name];
    const other = seen.get(port);
    if (other !== undefined) throw invalid(`${other} and ${name} can't both have port ${port}.`);
    seen.set(port, name);
    await becomesFree(name, port, tell);
  }
  return ports;
}

async function randomPorts(): Promise<Ports> {
  const ports: Record<PortName, number> = { ...standardPorts };
  const taken = new Set<number>();
  for (const name of portNames) {
    do ports[name] = await freePort();
    while (taken.has(ports[name]));
    taken.add(ports[name]);
  }
  return ports;
}

async function becomesFree(name: PortName, port: number, tell: (line: string) => void): Promise<void> {
  const onHeld = (): void =>
    tell(
      `Port ${port} (${name}) is held by an outgoing connection; waiting for it. --ports ${name}=${port + 10} does not wait.`,
    );
  try {
    await awaitFreePort({ host: '127.0.0.1', port, onHeld });
  } catch (error) {
    throw error instanceof CodedError ? error : portTaken(name, port);
  }
}

function portTaken(name: PortName, port: number): CodedError {
  return new CodedError('port_taken', `Port ${port} (${name}) is in use by another program.`, {
    details: { name, port },
    nextStep: `Move it with --ports ${name}=${port + 10}, or have all chosen with --ports auto.`,
  });
}
