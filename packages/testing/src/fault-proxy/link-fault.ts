/** What can be wrong with a link between two processes. */

/** Seen from the one who connected: `up` is towards the server, `down` back. */
export type Direction = 'up' | 'down';

/** A fault of a link. Sizes in bytes. */
export type LinkFault =
  /** Everything arrives late, each piece by `ms` and up to `jitterMs` more, in order. */
  | { readonly kind: 'slow'; readonly ms: number; readonly jitterMs: number }
  /** No more than this gets through in each direction. */
  | { readonly kind: 'narrow'; readonly bytesPerSecond: number }
  /** Breaks with a reset after so many more bytes, counted over both directions: in the middle of a message. */
  | { readonly kind: 'cutAfter'; readonly bytes: number }
  /** Broken off with a reset at once; whoever connects again is served. */
  | { readonly kind: 'reset' }
  /** Broken off, and whoever connects is broken off as well. */
  | { readonly kind: 'refuse' }
  /** Nothing arrives and nobody is told: a network that is split. What was sent meanwhile arrives at the end of it. */
  | { readonly kind: 'silent'; readonly direction: Direction | 'both' }
  /** The server's side is gone and the caller is not told, until the fault ends. */
  | { readonly kind: 'halfOpen' };

/** Name of a fault. */
export type LinkFaultKind = LinkFault['kind'];
