/** For tests that start a child of their own: waiting for what it prints, and ending it whatever the test does. */
import type { ChildProcess } from 'node:child_process';

/** The first group of `pattern` in the child's output. Throws when the output ends without it. The child ends with this process. */
export async function firstMatch(child: ChildProcess, pattern: RegExp): Promise<string> {
  process.once('exit', () => child.kill('SIGKILL'));
  child.unref(); // a test that fails before it ends its child mustn't wait for it for ever
  let text = '';
  return new Promise((resolve, reject) => {
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const found = pattern.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once('close', () => reject(new Error(`the child ended and never printed ${pattern}: ${text}`)));
  });
}
