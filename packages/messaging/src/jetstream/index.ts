/** Logs and consumers on NATS JetStream. */
export { readBrokerFigures } from './broker-figures.ts';
export { connectNats, type NatsOptions, natsFault, natsReadiness } from './connect-nats.ts';
export {
  type JetStreamConsumerSourceOptions,
  openJetStreamConsumerSource,
} from './consumer-source.ts';
export { openCopyScan } from './copy-scan.ts';
export { openHearsay } from './hearsay.ts';
export { type JetStreamLogCopy, type JetStreamLogCopyOptions, openJetStreamLogCopy } from './log-copy.ts';
export { type NatsBroker, type NatsBrokerOptions, natsBroker } from './nats-broker.ts';
export { type Drift, defaultStreamSettings, type StreamSettings } from './stream-configuration.ts';
