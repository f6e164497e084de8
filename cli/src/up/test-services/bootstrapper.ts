/** A stand-in for the bootstrapper in tests: notes that it ran and what it was told. */
console.log(JSON.stringify({ level: 30, time: Date.now(), msg: 'bootstrapped', told: Object.keys(process.env) }));
