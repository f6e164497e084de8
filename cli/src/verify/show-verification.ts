/** A verification as text for people and as JSON for programs. */
import { formatDecimal, isCurrency } from '@eventstream/contracts';
import {
  type Difference,
  type MoneySums,
  type PromiseReport,
  type Remark,
  remarksOf,
  type VerificationReport,
} from '@eventstream/verification';
import { withDataDir } from '../terminal/named-commands.ts';
import { coloured, toJson } from '../terminal/print.ts';
import { plainTable } from '../terminal/table.ts';
import { wrapped } from '../terminal/wrap.ts';

/** The report in lines of this width: every promise, the money, what somebody should know, and the verdict. */
export function showVerification(report: VerificationReport, width = Number.POSITIVE_INFINITY): string {
  return [
    `Log ${report.log} up to position ${report.position}: ${report.orders} orders`,
    '',
    ...report.promises.flatMap((line) => promiseLines(line, width)),
    ...moneyLines(report.money, width),
    ...remarkLines(report).map((line) => wrapped(line, width, 2)),
    '',
    verdict(report),
  ].join('\n');
}

/** The whole report; money in minor units as decimal text. */
export function verificationJson(report: VerificationReport): string {
  return toJson(report);
}

const colours = { holds: 'green', broken: 'red', 'not checked': 'yellow' } as const;

/** Where the words of a promise begin. */
const behindVerdict = ' '.repeat(' 1  not checked  '.length);

function promiseLines(line: PromiseReport, width: number): string[] {
  const mark = coloured(colours[line.verdict], line.verdict.padEnd('not checked'.length));
  const looked = line.verdict === 'not checked' ? '' : `  (${line.examined}\u00a0examined)`;
  const first =
    line.first === undefined ? [] : [`      ${differences(line.differences)}: ${showDifference(line.first)}`];
  const reason = line.reason === undefined ? [] : [`      ${line.reason}`];
  const says = wrapped(`${line.says}${looked}`, width - behindVerdict.length)
    .replaceAll('\n', `\n${behindVerdict}`)
    .replaceAll('\u00a0', ' ');
  const more = [...first, ...reason].map((text) => wrapped(text, width, 2));
  return [`${String(line.number).padStart(2)}  ${mark}  ${says}`, ...more];
}

function differences(count: number): string {
  return count === 1 ? 'one difference' : `the first of ${count} differences`;
}

function showDifference({ message, orderId, position }: Difference): string {
  const where = [
    ...(orderId === undefined ? [] : [`order ${orderId}`]),
    ...(position === undefined ? [] : [`position ${position}`]),
  ];
  return where.length === 0 ? message : `${message} (${where.join(', ')})`;
}

function moneyLines(money: VerificationReport['money'], width: number): string[] {
  if (money.size === 0) return [];
  const rows = [...money].map(([currency, sums]) => [currency, ...moneyColumns(currency, sums)]);
  return ['', plainTable(['money', 'debited', 'voided', 'approved', 'in flight', 'external'], rows, width)];
}

function moneyColumns(currency: string, { debited, voided, approved, inFlight, external }: MoneySums): string[] {
  return [debited, voided, approved, inFlight, external].map((minor) =>
    isCurrency(currency) ? formatDecimal({ minor, currency }) : String(minor),
  );
}

function remarkLines(report: VerificationReport): string[] {
  const lines = remarksOf(report.remarks).map(remark);
  return lines.length === 0 ? [] : ['', 'To know:', ...lines];
}

const namedMax = 3;

function remark({ about, count, says, first }: Remark): string {
  const more = count > namedMax ? ', …' : '';
  const see = about === 'openDeadLetters' ? withDataDir(' (`npx eventstream dead-letters list`)') : '';
  return `  ${count} ${says}${see}: ${first.slice(0, namedMax).join(', ')}${more}`;
}

function verdict({ holds, promises, tookMs }: VerificationReport): string {
  const broken = promises.filter((line) => line.verdict === 'broken').length;
  const unchecked = promises.filter((line) => line.verdict === 'not checked').length;
  const took = `in ${(tookMs / 1000).toFixed(1)} s`;
  if (broken > 0)
    return coloured('red', `${broken} of ${promises.length} promises ${broken === 1 ? 'is' : 'are'} BROKEN (${took})`);
  if (holds === null)
    return coloured('yellow', `What could be checked holds; ${unchecked} of ${promises.length} not checked (${took})`);
  if (unchecked > 0)
    return coloured('green', `All that was checked holds; ${unchecked} of ${promises.length} not checked (${took})`);
  return coloured('green', `Every promise holds (${took})`);
}
