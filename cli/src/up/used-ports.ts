/** What a start opens on this machine: services, and ports of theirs and of the servers that are not the user's own. */
import { given, givenSqlServer, saysWhereTracesGo } from './addresses.ts';
import { type PortName, type ServicePlan, servicePlans } from './services.ts';

/** The plans that are left; the console opens no port for traces that go elsewhere. */
export function servicesToStart(without: readonly string[], env: NodeJS.ProcessEnv): readonly ServicePlan[] {
  const services = servicePlans.filter(({ name }) => !without.includes(name));
  if (!saysWhereTracesGo(env)) return services;
  return services.map((plan) => {
    const { ZIPKIN_PORT: _, ...ports } = plan.ports;
    return { ...plan, ports };
  });
}

/** Ports that such a start opens: what runs elsewhere keeps its own. */
export function usedPorts(services: readonly ServicePlan[], env: NodeJS.ProcessEnv): PortName[] {
  const ofServers: PortName[] = [
    ...(givenSqlServer(env) === undefined ? (['sql'] as const) : []),
    ...(given(env, 'NATS_URL') === undefined ? (['nats', 'nats-monitor'] as const) : []),
  ];
  return [...ofServers, ...services.flatMap(({ ports }) => Object.values(ports))];
}
