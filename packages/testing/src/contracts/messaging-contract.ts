/** What every broker adapter promises, whatever it is made of. Run it from the adapter's own test file. */
import { describe } from 'node:test';
import { consumerContract } from './messaging-consumers.ts';
import { copyContract } from './messaging-copy.ts';
import type { MessagingFixture, MessagingFixtureOptions, WithFixture } from './messaging-fixture.ts';
import { hearsayContract } from './messaging-hearsay.ts';

/** An adapter under test. */
export interface MessagingContractOptions {
  readonly name: string;
  /** A log at a broker that no other test uses. */
  readonly open: (options: MessagingFixtureOptions) => Promise<MessagingFixture>;
}

/** Declares the contract's tests. */
export function messagingContract({ name, open }: MessagingContractOptions): void {
  const withFixture: WithFixture =
    (work, options = {}) =>
    async () => {
      const fixture = await open(options);
      try {
        await work(fixture);
      } finally {
        await fixture.close();
      }
    };
  describe(`messaging on ${name}`, () => {
    copyContract(withFixture);
    consumerContract(withFixture);
    hearsayContract(withFixture);
  });
}
