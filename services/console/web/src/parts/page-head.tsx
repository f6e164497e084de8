/** The beginning of each page: its name, a line about it, and what can be done. Sets the title of the tab. */
import { useEffect } from 'react';

export function PageHead({
  title,
  tabTitle,
  about,
  children,
}: {
  readonly title: React.ReactNode;
  readonly tabTitle: string;
  readonly about?: React.ReactNode;
  readonly children?: React.ReactNode;
}): React.ReactElement {
  useEffect(() => {
    document.title = `${tabTitle} · eventstream`;
  }, [tabTitle]);
  return (
    <header className="page-head">
      <div>
        <h1 tabIndex={-1}>{title}</h1>
        {about === undefined ? null : <p className="about">{about}</p>}
      </div>
      {children === undefined ? null : <div className="page-actions">{children}</div>}
    </header>
  );
}

/** A part of a page. */
export function Section({
  title,
  aside,
  children,
  id,
}: {
  readonly title: string;
  readonly aside?: React.ReactNode;
  readonly children: React.ReactNode;
  readonly id?: string;
}): React.ReactElement {
  return (
    <section className="section" aria-label={title} id={id}>
      <div className="section-head">
        <h2>{title}</h2>
        {aside === undefined ? null : <div className="section-aside">{aside}</div>}
      </div>
      {children}
    </section>
  );
}
