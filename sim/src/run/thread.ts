/** A thread that runs portions of worlds until it is told to end. */
import { parentPort } from 'node:worker_threads';
import { type Portion, runPortion } from './portion.ts';

if (parentPort === null) throw new Error('this is started by run-worlds.ts, as a thread');
const port = parentPort;
// A promise that nobody waits for is a bug of whatever world runs: it is told, and ends the run.
port.on('message', (portion: Portion) => {
  void runPortion(portion).then((result) => port.postMessage(result));
});
