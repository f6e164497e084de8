/** One contract suite per port, run against every adapter of that port. */
export { type EventStoreUnderTest, eventStoreContract } from './event-store-contract.ts';
export { messagingContract } from './messaging-contract.ts';
export {
  Inbox,
  type MessagingFixture,
  type MessagingFixtureOptions,
  newIncarnation,
  newLife,
  recordedEvent,
  recordedEvents,
} from './messaging-fixture.ts';
export { type OrderModelUnderTest, orderModelContract } from './order-model-contract.ts';
export { type RelayLeaseUnderTest, relayLeaseContract, rivals } from './relay-lease-contract.ts';
export { type SagaStoreUnderTest, sagaStoreContract } from './saga-store-contract.ts';
export { type WorkerLedgerUnderTest, workerLedgerContract } from './worker-ledger-contract.ts';
