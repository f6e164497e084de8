/** A contender that never answers. */
setInterval(() => {}, 1_000);
