/** A stand-in for a service in tests: ready when asked, tells what it was told, ends or crashes on demand. */
import { createServer } from 'node:http';

const health = Number(process.env['HEALTH_PORT']);
const server = createServer((request, response) => {
  switch (request.url) {
    case '/readyz':
      return response.end('{}');
    case '/metrics':
      return response.end(
        'worker_lag_events{consumer="test"} 3\nworker_halted 0\nprocess_resident_memory_bytes 52428800\n',
      );
    case '/environment':
      return response.end(JSON.stringify(process.env));
    case '/crash':
      return process.exit(7);
    default:
      return response.writeHead(404).end();
  }
});
server.listen(health, '127.0.0.1', () =>
  console.log(JSON.stringify({ level: 'info', time: new Date().toISOString(), msg: 'ready' })),
);
process.on('SIGTERM', () => {
  console.log(JSON.stringify({ level: 'info', time: new Date().toISOString(), msg: 'stopping' }));
  process.exit(0);
});
