/** The system whose file this console was told, opened for one verification as the role that reads everything. */
import { CodedError, type Logger } from '@eventstream/platform';
import { openVerification } from '@eventstream/verification/system';
import { readSystemFile } from './floor/system-file.ts';
import type { Verifiable } from './verify-runner.ts';

/** What is said where verify cannot be run from here. */
export const cannotVerify =
  'This console does not know the addresses of the role that reads everything: run `npx eventstream verify` in a terminal.';

/** Where the system is. */
export interface SystemToVerify {
  /** Its running.json, which has the addresses of its databases. */
  readonly systemFile: string | undefined;
  readonly natsUrl: string;
  readonly logger: Logger;
}

/** Opens it; a text says why that cannot be. */
export async function openVerified({ systemFile, natsUrl, logger }: SystemToVerify): Promise<Verifiable | string> {
  const file = systemFile === undefined ? undefined : await readSystemFile(systemFile);
  if (file === undefined) return cannotVerify;
  return openVerification({
    databaseUrl(database) {
      const url = file.databases[database]?.['verifier'];
      if (url === undefined)
        throw new CodedError('role_unknown', `there is no address of ${database} for the verifier`);
      return url;
    },
    natsUrl: () => natsUrl,
    applicationName: 'console verify',
    logger,
  });
}
