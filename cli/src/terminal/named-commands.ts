/**
 * The commands that a text names, such as `npx eventstream status`. A process names them as for the usual data folder: only
 * the command line knows of another one, and so adds it where it shows what a process says.
 */

let option = '';

/** What every command needs behind it from here on; empty for the usual data folder. */
export function nameCommandsWith(dataDirOption: string): void {
  option = dataDirOption;
}

/** The text, with every command in backticks such that it finds the system that this one is about. */
export function withDataDir(text: string): string {
  return text.replaceAll(/`npx eventstream [^`]+/g, (command) => `${command}${option}`);
}
