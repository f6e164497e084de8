/** A table that may be wider than the window: it scrolls by itself, also by keyboard, and the page does not. */
export function ScrollX({
  label,
  children,
}: {
  readonly label: string;
  readonly children: React.ReactNode;
}): React.ReactElement {
  return (
    <section className="scroll-x" aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
