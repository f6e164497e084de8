/** What the bootstrapper says when it fails: what happened down to the first cause, and what to do. Pure. */
import { CodedError, codeOf, messageOf } from '@eventstream/platform';

const insufficientPrivilege = '42501';

/** One line of what happened; a second one with the next step, where there is one. */
export function explainFailure(error: unknown): string {
  const chain = [...causesOf(error)];
  const happened = [...new Set(chain.map(messageOf))].join(': ');
  const nextStep = chain.some((one) => codeOf(one) === insufficientPrivilege)
    ? 'let ADMIN_SQL_URL, or SQL_URL, name a user who may do that: the owner of the databases and their tables, or a superuser'
    : chain.find((one) => one instanceof CodedError)?.nextStep;
  return nextStep === undefined ? happened : `${happened}\n${nextStep}`;
}

function* causesOf(error: unknown): Iterable<unknown> {
  for (let one = error; one !== undefined; one = one instanceof Error ? one.cause : undefined) yield one;
}
