/**
 * Ids. New ones are random and time-ordered; derived ones are a function of their cause alone, so that doing the same
 * thing twice names the same thing. Layouts: RFC 9562, sections 5.7 (version 7) and 5.8 (version 8).
 */
import { createHash, hash, randomFillSync } from 'node:crypto';
import { v7, validate, version } from 'uuid';
import { CodedError } from './coded-error.ts';

/** Random bytes for many ids: asking the system for each id's own would double its cost. */
const randomBytes = Buffer.alloc(16 * 256);
let randomAt = randomBytes.length;
/** The time of the latest id, and its counter within that millisecond. */
let latestMs = 0;
let latestInMs = 0;

/** A new uuid version 7: unique, and later ids of one process sort after earlier ones. */
export function newId(): string {
  if (randomAt === randomBytes.length) {
    randomFillSync(randomBytes);
    randomAt = 0;
  }
  const random = randomBytes.subarray(randomAt, randomAt + 16);
  randomAt += 16;
  const nowMs = Date.now();
  // When the clock was set back the time stays and the counter goes on, of which 2^31 are left: no later id sorts
  // before an earlier one.
  if (nowMs > latestMs) {
    latestMs = nowMs;
    latestInMs = random.readUInt32BE(0) >>> 1;
  } else latestInMs += 1;
  return v7({ random, msecs: latestMs, seq: latestInMs });
}

/**
 * The id of what `step` makes of `causeId`: a uuid version 8, always the same for the same two.
 * When the cause is time-ordered (version 7 or 8) its 48 time bits are kept, so that the derived id sorts near it and
 * indexes stay dense; for any other version all bits come from sha-256(cause ':' step).
 * @throws CodedError `id_invalid` when the cause is not a uuid.
 */
export function derivedId(causeId: string, step: string): string {
  if (!validate(causeId)) {
    throw new CodedError('id_invalid', `"${causeId}" is not a uuid, so no id can be derived from it`, {
      details: { causeId, step },
    });
  }
  const cause = causeId.toLowerCase(); // one uuid has one derived id, however it was spelt
  const digest = hash('sha256', `${cause}:${step}`, 'hex');
  const hasTime = version(cause) === 7 || version(cause) === 8;
  const time = hasTime ? cause.slice(0, 8) + cause.slice(9, 13) : digest.slice(0, 12);
  return asVersion8(time + digest.slice(12, 32));
}

/**
 * The id of a list of parts: a uuid version 8 made of sha-256 over the parts, each preceded by its length, so that
 * ('ab', 'c') and ('a', 'bc') differ. It carries no time.
 */
export function idOf(...parts: string[]): string {
  const digest = createHash('sha256');
  for (const part of parts) digest.update(`${Buffer.byteLength(part)}:`).update(part);
  return asVersion8(digest.digest('hex').slice(0, 32));
}

const variantDigits = '89ab';

/** Spells 32 hex digits as a uuid, with the version digit set to 8 and the two variant bits to binary 10. */
function asVersion8(hex: string): string {
  const variant = variantDigits.charAt(Number.parseInt(hex.charAt(16), 16) % 4);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
