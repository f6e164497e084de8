/** Logs and consumers on NATS JetStream. */
export { readBrokerFigures } from './broker-figures.ts';
export { openBrokerLag } from './broker-lag.ts';
export { connectNats, type NatsOptions, natsReadiness } from './connect-nats.ts';
export {
  type JetStreamConsumerSourceOptions,
  openJetStreamConsumerSource,
} from './consumer-source.ts';
export { metadataFault } from './envelope-headers.ts';
export { type JetStreamLogCopy, type JetStreamLogCopyOptions, openJetStreamLogCopy } from './log-copy.ts';
export { natsPart } from './nats-part.ts';
export { type Drift, defaultStreamSettings, type StreamSettings } from './stream-configuration.ts';
