/** A command that fails with 2, and ends with the code that it is given after it has said its result. */
import { endWhenUnread, note, print } from '../print.ts';
import { orExitWith } from '../report.ts';

endWhenUnread();
await orExitWith(2, async () => {
  note('under way');
  print('the result');
  process.exitCode = Number(process.argv[2]);
});
