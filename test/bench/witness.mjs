// Another client, in a process of its own: one command after the other, each timed, and its answer checked.
// Told over IPC: { port } connects, { take: true } answers with the times since the last time it was asked.
import { connect } from 'node:net';

const KEY = `witness-${process.pid}`;
let times = [];
let problem = null;
/** When the command was sent whose answer is waited for; 0: none is. */
let sentAt = 0;

process.on('message', ({ port, take }) => {
  if (port) talk(port);
  if (take) {
    // One that is waited for counts with the time so far.
    if (sentAt > 0) times.push(performance.now() - sentAt);
    process.send({ times, problem });
    times = [];
  }
});
process.on('disconnect', () => process.exit());

function talk(port) {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let number = 0;
  let answer = '';
  socket.on('error', (error) => (problem = error.message));
  socket.on('close', () => (problem ??= 'the connection ended'));
  socket.on('connect', next);
  socket.on('data', (chunk) => {
    answer += chunk.toString('latin1');
    const value = `${KEY}-${number}`;
    const expected = `$${value.length}\r\n${value}\r\n`;
    if (answer.length < expected.length) return;
    if (answer !== expected) problem = `${JSON.stringify(answer)} in place of ${value}`;
    times.push(performance.now() - sentAt);
    sentAt = 0;
    // As a client that does something else in between: it does not add to the load that it shall notice.
    setTimeout(next, 2);
  });

  function next() {
    number += 1;
    answer = '';
    sentAt = performance.now();
    socket.write(`ECHO ${KEY}-${number}\r\n`);
  }
}
