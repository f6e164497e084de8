/** Orders that wait for a person, the oldest deadline first. */
import { Link } from 'wouter';
import { reviewDeed } from '../orders/order-deeds.ts';
import { useAskWhy } from '../parts/ask-why.tsx';
import { LongList } from '../parts/long-list.tsx';
import { Empty, Failure, Waiting } from '../parts/notices.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Age, Amount, Due } from '../parts/values.tsx';
import type { Review, ReviewPage } from '../server/answers.ts';
import { usePages } from '../server/live-query.ts';
import { shortId } from '../words/names.ts';
import { counted } from '../words/numbers.ts';

const search = new URLSearchParams({ limit: '100' });

export default function ReviewsPage(): React.ReactElement {
  const { lines, first, isReading, error, again, more } = usePages<ReviewPage, Review>(
    'reviews',
    search,
    (page) => page.reviews,
  );
  const { askWhy, dialog } = useAskWhy();
  const decide = (orderId: string, decision: 'approve' | 'reject') => (): void => askWhy(reviewDeed(orderId, decision));
  return (
    <>
      <PageHead
        title="Reviews"
        tabTitle="Reviews"
        about={
          first === undefined
            ? 'Orders that wait for a person.'
            : `${counted(first.waiting, 'order')} ${first.waiting === 1 ? 'waits' : 'wait'} for a person, the oldest deadline first.`
        }
      />
      {error === null ? null : <Failure error={error} again={again} />}
      {isReading ? <Waiting what="the queue" /> : null}
      {!isReading && error === null && lines.length === 0 ? (
        <Empty title="Nobody waits for a decision.">
          Orders above the amount that the policy approves on its own appear here.
        </Empty>
      ) : null}
      {lines.length === 0 ? null : (
        <div className="panel list-panel">
          <div className="review-line list-head" aria-hidden="true">
            <span>Order</span>
            <span className="number">Amount</span>
            <span>Customer</span>
            <span>Why</span>
            <span>Waits since</span>
            <span>Due</span>
            <span />
          </div>
          <LongList
            label="Orders in review"
            lines={lines}
            keyOf={(line) => line.orderId}
            heightPx={{ wide: 44, narrow: 112 }}
            className="review-lines"
            more={more}
            draw={(line) => (
              <div className="review-line">
                <Link href={`/orders/${line.orderId}`}>
                  <code>{shortId(line.orderId)}</code>
                </Link>
                <Amount money={line.amount} />
                <span className="cut" title={line.customerId}>
                  {line.customerId}
                </span>
                <span className="cut faint" title={line.rule ?? ''}>
                  {line.rule ?? 'rule not readable'}
                </span>
                <span className="faint">
                  <Age ms={line.sinceMs} />
                </span>
                <Due ms={line.dueMs} />
                <span className="line-buttons">
                  <button type="button" className="button small primary" onClick={decide(line.orderId, 'approve')}>
                    Approve
                  </button>
                  <button type="button" className="button small danger" onClick={decide(line.orderId, 'reject')}>
                    Reject
                  </button>
                </span>
              </div>
            )}
          />
        </div>
      )}
      {dialog}
    </>
  );
}
