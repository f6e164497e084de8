/** A stand-in for a service in tests whose settings are wrong. */
console.log(
  JSON.stringify({
    level: 'fatal',
    time: new Date().toISOString(),
    msg: 'GRPC_PORT: is no number',
    nextStep: 'Correct it',
  }),
);
process.exit(2);
