/** Parts of an order's page: what it is made of, its payment, and what stands in its way. */
import { Link } from 'wouter';
import { Fact } from '../parts/facts.tsx';
import { Heads } from '../parts/heads.tsx';
import { Notice } from '../parts/notices.tsx';
import { useNowMs } from '../parts/now.ts';
import { ScrollX } from '../parts/scroll-x.tsx';
import { Amount, At, Due, Id } from '../parts/values.tsx';
import type { OrderDetail, Payment } from '../server/answers.ts';
import { sentence } from '../server/ask.ts';
import { shortType } from '../words/names.ts';
import { amount, count, counted, decimal } from '../words/numbers.ts';

export function Items({ order }: { readonly order: OrderDetail }): React.ReactElement {
  return (
    <ScrollX label="Every item">
      <table>
        <Heads columns={['Item', 'Price', 'Quantity']} numbers={['Price', 'Quantity']} />
        <tbody>
          {order.items.map((item, index) => (
            <tr key={index}>
              <td className="may-break">
                {item.name} <code className="faint">{item.code}</code>
              </td>
              <td className="number">{decimal(item.unitPrice)}</td>
              <td className="number">{count(item.quantity)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">Total</th>
            <td className="number">{amount(order.amount)}</td>
            <td aria-hidden="true" />
          </tr>
        </tfoot>
      </table>
    </ScrollX>
  );
}

const intentWords: Readonly<Record<string, string>> = {
  open: 'under way',
  settled: 'settled',
  closed: 'closed, no debit is accepted any more',
};

export function PaymentBooks({ payment }: { readonly payment: Payment }): React.ReactElement {
  const { intent, provider, ledger, trouble } = payment;
  return (
    <>
      {trouble === null ? null : <Notice tone="warn">{sentence(trouble)}</Notice>}
      <dl className="facts">
        <Fact name="The worker’s intent">
          {intent === null
            ? 'nothing yet'
            : `take ${amount(intent.amount)}: ${intentWords[intent.state] ?? intent.state}`}
        </Fact>
        <Fact name="The provider’s books">{provider === null ? 'no such payment' : providerSays(provider)}</Fact>
        {intent === null ? null : (
          <Fact name="Intended, settled">
            <At ms={intent.intendedAtMs} />, {intent.settledAtMs === null ? 'not yet' : <At ms={intent.settledAtMs} />}
          </Fact>
        )}
        {provider === null || provider.reference === null ? null : (
          <Fact name="Reference">
            <Id id={provider.reference} what="the provider’s reference" />
          </Fact>
        )}
      </dl>
      {ledger.length === 0 ? (
        <p className="faint">No money was booked.</p>
      ) : (
        <ScrollX label="The provider’s books">
          <table className="books">
            <Heads columns={['Booked', 'Movement', 'Account', 'Amount']} numbers={['Amount']} />
            <tbody>
              {ledger.map((entry) => (
                <tr key={`${entry.movement} ${entry.account} ${entry.amount.minor} ${entry.bookedAtMs}`}>
                  <td className="time">
                    <At ms={entry.bookedAtMs} />
                  </td>
                  <td>{entry.movement}</td>
                  <td className="may-break">{entry.account}</td>
                  <td className="number">
                    <Amount money={entry.amount} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollX>
      )}
    </>
  );
}

function providerSays(provider: NonNullable<Payment['provider']>): string {
  switch (provider.status) {
    case 'debited':
      return `took ${amount(provider.amount)}`;
    case 'declined':
      return `declined it${provider.declineCode === null ? '' : ` (${provider.declineCode.replaceAll('_', ' ')})`}`;
    case 'voided':
      return `gave ${amount(provider.voided)} back, and is closed`;
    default:
      return provider.status;
  }
}

/** Dead letters that concern it, and work that waits for another attempt. */
/** When the next attempt comes; one that is due is not late, it is about to begin. */
function Again({ ms }: { readonly ms: number }): React.ReactElement {
  const nowMs = useNowMs();
  return ms <= nowMs ? <>now</> : <Due ms={ms} />;
}

export function OrderTroubles({
  order: { deadLetters, waiting },
}: {
  readonly order: OrderDetail;
}): React.ReactElement | null {
  const open = deadLetters.filter(({ state }) => state === 'open' || state === 'redriveRequested');
  const settled = deadLetters.length - open.length;
  if (deadLetters.length === 0 && waiting.length === 0) return null;
  return (
    <section className="troubles" aria-label="What stands in its way">
      {open.map((letter) => (
        <Notice
          tone="bad"
          key={letter.id}
          action={<Link href={`/dead-letters/${encodeURIComponent(letter.id)}`}>Look at it</Link>}
        >
          <b>{letter.consumer}</b> gave up on <code>{shortType(letter.type)}</code>: {letter.reason}
        </Notice>
      ))}
      {waiting.map((work) => (
        <Notice tone="warn" key={`${work.consumer} ${work.position}`}>
          <b>{work.consumer}</b> tries <code>{shortType(work.type)}</code> again <Again ms={work.dueMs} /> after{' '}
          {counted(work.attempts, 'attempt')}: {work.reason}
        </Notice>
      ))}
      {settled === 0 ? null : (
        <p className="faint">
          {counted(settled, 'dead letter')} about it {settled === 1 ? 'was' : 'were'} redriven or discarded.
        </p>
      )}
    </section>
  );
}
