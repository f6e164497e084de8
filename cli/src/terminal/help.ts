/** What a command's help says below its options: what to know, examples, and how the command ends. */
import type { AddHelpTextContext } from 'commander';
import { wrapped } from './wrap.ts';

/** Each part may be missing. */
export interface MoreHelp {
  /** A paragraph each. */
  readonly says?: readonly string[];
  /** Whole commands, which are never broken: they are there to be copied. */
  readonly examples?: readonly string[];
  /** What each exit code means. */
  readonly exitCodes?: Readonly<Record<number, string>>;
}

/** As commander assumes where there is no terminal. */
const widthElsewhere = 80;

/** For `addHelpText('after', …)`. */
export function more(help: MoreHelp): (context: AddHelpTextContext) => string {
  return ({ command }) => {
    const width = command.configureOutput().getOutHelpWidth?.() ?? widthElsewhere;
    return `\n${sections(help, width).join('\n\n')}`;
  };
}

function sections({ says = [], examples = [], exitCodes = {} }: MoreHelp, width: number): string[] {
  const codes = Object.entries(exitCodes).map(([code, meaning]) => `  ${code}  ${hanging(meaning, width)}`);
  return [
    ...says.map((paragraph) => wrapped(paragraph, width)),
    ...(examples.length === 0
      ? []
      : [[examples.length === 1 ? 'Example:' : 'Examples:', ...examples.map((one) => `  ${one}`)].join('\n')]),
    ...(codes.length === 0 ? [] : [['Exit codes:', ...codes].join('\n')]),
  ];
}

function hanging(meaning: string, width: number): string {
  const behindCode = ' '.repeat('  0  '.length);
  return wrapped(meaning, width - behindCode.length).replaceAll('\n', `\n${behindCode}`);
}
