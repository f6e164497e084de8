/** Somebody else's message in the log's copy at the broker, sent in NATS's own words. The relay must halt at it. */
import { once } from 'node:events';
import { connect } from 'node:net';

/** Publishes an empty message under an id of its own; resolves when the broker has read it. */
export async function publishForeignMessage(natsUrl: string, subject: string): Promise<void> {
  const { hostname, port, username, password } = new URL(natsUrl);
  const socket = connect({ host: hostname, port: Number(port) });
  await once(socket, 'data');
  const who = username === '' ? {} : { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
  socket.write(`CONNECT ${JSON.stringify({ verbose: false, pedantic: false, headers: true, ...who })}\r\n`);
  const headers = 'NATS/1.0\r\nNats-Msg-Id: somebody-else\r\n\r\n';
  socket.write(`HPUB ${subject} ${headers.length} ${headers.length}\r\n${headers}\r\nPING\r\n`);
  let answer = '';
  for await (const chunk of socket) {
    answer += String(chunk);
    if (answer.includes('PONG')) break;
    if (answer.includes('-ERR')) throw new Error(`the broker refused it: ${answer}`);
  }
  socket.destroy();
}
