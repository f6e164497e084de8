/** The frame around every page: where one can go, how the system is, who acts, light or dark. */
import { lazy, Suspense, useState } from 'react';
import { Link, Route, Switch, useLocation } from 'wouter';
import { FloorPage } from './floor/floor-page.tsx';
import { LinkLost, SystemWord } from './floor/system-word.tsx';
import { OperatorButton } from './operator.tsx';
import { Empty } from './parts/notices.tsx';
import { PageHead } from './parts/page-head.tsx';
import { type FloorNews, useFloorNews } from './server/floor-feed.ts';
import { useSession } from './server/session.ts';
import { keepTheme, storedTheme, themes } from './theme.ts';
import { shortCount } from './words/numbers.ts';

const OrdersPage = lazy(() => import('./orders/orders-page.tsx'));
const OrderPage = lazy(() => import('./orders/order-page.tsx'));
const ReviewsPage = lazy(() => import('./reviews/reviews-page.tsx'));
const SagasPage = lazy(() => import('./sagas/sagas-page.tsx'));
const DeadLettersPage = lazy(() => import('./dead-letters/dead-letters-page.tsx'));
const DeadLetterPage = lazy(() => import('./dead-letters/dead-letter-page.tsx'));
const LogPage = lazy(() => import('./log/log-page.tsx'));
const TracesPage = lazy(() => import('./traces/traces-page.tsx'));
const TracePage = lazy(() => import('./traces/trace-page.tsx'));
const HealthPage = lazy(() => import('./health/health-page.tsx'));

interface Place {
  readonly path: string;
  readonly name: string;
  /** How many wait there for a person. */
  readonly waiting?: (news: FloorNews) => number;
}

const sum = (news: FloorNews, part: 'openDeadLetters' | 'stuck'): number =>
  (news.floor?.boxes ?? []).reduce((total, box) => total + (box[part] ?? 0), 0);

const places: readonly Place[] = [
  { path: '/', name: 'Floor' },
  { path: '/orders', name: 'Orders' },
  {
    path: '/reviews',
    name: 'Reviews',
    waiting: ({ floor }) => floor?.counters?.byStatus.find(({ status }) => status === 'InReview')?.orders ?? 0,
  },
  { path: '/sagas', name: 'Sagas', waiting: (news) => sum(news, 'stuck') },
  { path: '/dead-letters', name: 'Dead letters', waiting: (news) => sum(news, 'openDeadLetters') },
  { path: '/log', name: 'Log' },
  { path: '/traces', name: 'Traces' },
  { path: '/health', name: 'Health' },
];

export function App(): React.ReactElement {
  const news = useFloorNews();
  return (
    <>
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <div className="frame">
        <header className="side">
          <Link href="/" className="brand">
            <img src="/icon.svg" alt="" width="22" height="22" />
            eventstream
          </Link>
          <Navigation news={news} />
          <div className="side-end">
            <SystemWord news={news} />
            <OperatorButton />
            <ThemeSwitch />
            <Version />
          </div>
        </header>
        <main id="main" tabIndex={-1}>
          <LinkLost news={news} />
          <Suspense fallback={null}>
            <Pages />
          </Suspense>
        </main>
      </div>
    </>
  );
}

function Navigation({ news }: { readonly news: FloorNews }): React.ReactElement {
  const [location] = useLocation();
  const isHere = (path: string): boolean =>
    path === '/' ? location === '/' : location === path || location.startsWith(`${path}/`);
  return (
    <nav aria-label="Pages">
      {places.map(({ path, name, waiting }) => {
        const many = waiting?.(news) ?? 0;
        return (
          <Link key={path} href={path} className="place" aria-current={isHere(path) ? 'page' : undefined}>
            <span>{name}</span>
            {many === 0 ? null : (
              <span className="badge">
                {shortCount(many)}
                <span className="for-ears"> waiting</span>
              </span>
            )}
          </Link>
        );
      })}
    </nav>
  );
}

function Pages(): React.ReactElement {
  return (
    <Switch>
      <Route path="/">{() => <FloorPage />}</Route>
      <Route path="/orders">{() => <OrdersPage />}</Route>
      <Route path="/orders/:id">{({ id }) => <OrderPage key={id} id={id} />}</Route>
      <Route path="/reviews">{() => <ReviewsPage />}</Route>
      <Route path="/sagas">{() => <SagasPage />}</Route>
      <Route path="/dead-letters">{() => <DeadLettersPage />}</Route>
      <Route path="/dead-letters/:id">{({ id }) => <DeadLetterPage key={id} id={id} />}</Route>
      <Route path="/log">{() => <LogPage />}</Route>
      <Route path="/traces">{() => <TracesPage />}</Route>
      <Route path="/traces/:id">{({ id }) => <TracePage key={id} id={id} />}</Route>
      <Route path="/health">{() => <HealthPage />}</Route>
      <Route>
        <PageHead title="No such page" tabTitle="No such page" />
        <Empty title="This console has no page at this address.">
          <Link href="/">Go to the floor</Link>
        </Empty>
      </Route>
    </Switch>
  );
}

const themeWords = { system: 'Theme: system', light: 'Theme: light', dark: 'Theme: dark' } as const;

function ThemeSwitch(): React.ReactElement {
  const [theme, setTheme] = useState(storedTheme);
  const turn = (): void => {
    const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'system';
    keepTheme(next);
    setTheme(next);
  };
  return (
    <button type="button" className="side-button theme-switch" title="System, light, dark" onClick={turn}>
      <svg viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
        <circle cx="7" cy="7" r="5.6" fill="none" stroke="currentColor" strokeWidth="1.4" />
        <path d={halfOf[theme]} fill="currentColor" />
      </svg>
      <span>{themeWords[theme]}</span>
    </button>
  );
}

/** What is filled of the circle: half, nothing, all. */
const halfOf = {
  system: 'M7 1.4a5.6 5.6 0 0 1 0 11.2z',
  light: 'M7 7z',
  dark: 'M7 1.4a5.6 5.6 0 0 1 0 11.2a5.6 5.6 0 0 1 0-11.2z',
} as const;

function Version(): React.ReactElement | null {
  const session = useSession();
  return session === undefined ? null : <p className="version faint">Version {session.version}</p>;
}
