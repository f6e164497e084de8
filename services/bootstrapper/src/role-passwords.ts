/** The passwords that the roles are to have, from one setting. */
import { CodedError } from '@eventstream/platform';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';

const passwordsJson = Compile(Type.Record(Type.String(), Type.String()));

/** Role → password, or undefined when there is no setting. Rejects what is not a JSON object of texts, without showing it. */
export function readPasswords(text: string | undefined): Readonly<Record<string, string>> | undefined {
  if (text === undefined) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  if (passwordsJson.Check(json)) return json;
  throw new CodedError('role_passwords_malformed', 'ROLE_PASSWORDS is not a JSON object of role → password', {
    nextStep: 'write it like {"ordersvc":"…","eventstoresvc":"…"}',
  });
}
