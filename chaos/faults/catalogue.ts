/** Every fault that a run can have, and which of them are wanted. */
import { CodedError } from '@eventstream/platform';
import { brokerFaults, clusterFaults } from './broker.ts';
import { diskFaults } from './disk.ts';
import { type Fault, families } from './fault.ts';
import { kills, pauses } from './kill.ts';
import { linkFaults, nodeLinkFaults } from './links.ts';
import { postgresFaults } from './postgres.ts';
import { serializationFailures } from './serialization.ts';

/** All of them, for a broker that is alone or for a cluster. */
export function catalogue(cluster: boolean): readonly Fault[] {
  const ofBroker = cluster ? [...clusterFaults, ...nodeLinkFaults] : brokerFaults;
  return [...kills, ...pauses, ...postgresFaults, ...serializationFailures, ...ofBroker, ...linkFaults, ...diskFaults];
}

/** Those of the given families or names. @throws CodedError `fault_unknown` that lists what there is. */
export function choose(all: readonly Fault[], wanted: readonly string[]): readonly Fault[] {
  for (const word of wanted)
    if (!all.some(({ name, family }) => name === word || family === word))
      throw new CodedError('fault_unknown', `"${word}" is no fault.`, {
        nextStep: `Families: ${families.join(', ')}. Names: ${all.map(({ name }) => `"${name}"`).join(', ')}.`,
      });
  return all.filter(({ name, family }) => wanted.includes(name) || wanted.includes(family));
}
