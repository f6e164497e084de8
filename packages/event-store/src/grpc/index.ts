/** The event store over gRPC: a client that is an event store, and the service over any event store. */
export { type GrpcEventStoreOptions, grpcEventStore } from './client.ts';
export { type EventStoreServiceOptions, eventStoreService } from './server.ts';
export { statusOfRefusal, storeStatusOf } from './status-of.ts';
