/** A stand-in for the bootstrapper in tests: notes that it ran and what it was told. */
console.log(
  JSON.stringify({
    level: 'info',
    time: new Date().toISOString(),
    msg: 'bootstrapped',
    told: Object.keys(process.env),
  }),
);
