/** What commander says of a command that was typed wrong, in the words of every other error of ours. Pure. */

const sayings: readonly (readonly [RegExp, string])[] = [
  [/^error: /, ''],
  [/\n\(Did you mean (.*)\?\)/, '. Did you mean $1?'],
  [/^option '(?:-\w, )?(--[\w-]+)[^']*' argument '([\s\S]*)' is invalid\. /, '$1 cannot be "$2". '],
  [/^command-argument value '([\s\S]*)' is invalid for argument '(\w+)'\. /, '<$2> cannot be "$1". '],
  [/^missing required argument '(\w+)'/, '<$1> is missing.'],
  [/^required option '([^']*)' not specified/, '$1 is missing.'],
  [/^option '([^']*)' argument missing/, '$1 needs its value.'],
  [/^unknown (option|command) '([^']*)'/, 'There is no $1 "$2"'],
  [/^too many arguments.* Expected 0 .* got \d+: ([^,]*?)(?:,[\s\S]*)?\.$/, 'There is nothing called "$1" here.'],
  [/^too many arguments.* Expected (\d+) .* got (\d+): /, 'It takes $1 argument, not $2: '],
  [/^option '([^']*)' cannot be used with option '([^']*)'/, '$1 and $2 do not go together.'],
];

/** What was typed may have been meant as another command: `sagas shw` is understood as `sagas list shw`. */
const nothingExpected = /^error: too many arguments.* Expected 0 /;

/** Two lines: what is wrong, and where help is. `path` is the command as it is typed, such as `eventstream review`. */
export function typedWrong(message: string, path: string): string {
  const says = sayings.reduce((text, [pattern, said]) => text.replace(pattern, said), message.trimEnd());
  const [program = '', command = '', own] = path.split(' ');
  const whose = own !== undefined && nothingExpected.test(message) ? `${program} ${command}` : path;
  return `eventstream: ${/[.?]$/.test(says) ? says : `${says}.`}\nSee \`npx ${whose} --help\`.\n`;
}
