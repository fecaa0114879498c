/** A connection that nobody is served on: every command gets the same error line. Redis never hears of it. */
import type { Socket } from 'node:net';
import { CommandTable } from './command-table.js';
import { RequestFramer } from './resp/request-framer.js';

const NO_COMMANDS = new CommandTable([], {});
/** Commands of one read that are answered. Nobody is owed the megabytes that 64 KB of the shortest ones would make. */
const ANSWERS_MAX = 4000;

/** @param those the connection is among them until it ends */
export function turnAway(socket: Socket, line: Buffer, those: Set<Socket>): void {
  let owed = 0;
  const framer = new RequestFramer(() => NO_COMMANDS, {
    decide() {
      owed += 1;
      return null;
    },
    send: () => undefined,
  });
  those.add(socket);
  socket.on('drain', () => socket.resume());
  socket.on('data', (chunk) => {
    try {
      framer.push(chunk);
    } catch {
      socket.destroy(); // a mistake of ours is not to end more than this
      return;
    }
    // One write for all of them: a write for each would keep those waiting who may come in.
    if (owed > ANSWERS_MAX) socket.destroy();
    else if (owed > 0 && !socket.write(Buffer.alloc(owed * line.length, line))) socket.pause();
    owed = 0;
  });
  socket.on('end', () => socket.end());
  socket.on('error', () => socket.destroy());
  socket.on('close', () => those.delete(socket));
}
