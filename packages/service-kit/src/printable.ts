/** Text that people and programs can both show, and a database keeps. */

/** For a schema's `pattern`: no control characters, no half of a surrogate pair. */
export const printablePattern = '^[^\\p{Cc}\\p{Cs}]*$';
