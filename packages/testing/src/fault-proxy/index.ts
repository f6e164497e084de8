/** A proxy that breaks links. */
export { type FaultProxy, openFaultProxy } from './fault-proxy.ts';
export type { Direction, LinkFault, LinkFaultKind } from './link-fault.ts';
