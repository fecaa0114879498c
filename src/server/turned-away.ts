/** A connection that nobody is served on: every command gets the same error line. Redis never hears of it. */
import type { Socket } from 'node:net';
import { CommandTable } from './command-table.js';
import { RequestFramer } from './resp/request-framer.js';

const NO_COMMANDS = new CommandTable([], {});

/** @param those the connection is among them until it ends */
export function turnAway(socket: Socket, line: Buffer, those: Set<Socket>): void {
  const framer = new RequestFramer(() => NO_COMMANDS, {
    decide() {
      if (!socket.write(line)) socket.pause();
      return null;
    },
    send: () => undefined,
  });
  those.add(socket);
  socket.on('drain', () => socket.resume());
  socket.on('data', (chunk) => framer.push(chunk));
  socket.on('end', () => socket.end());
  socket.on('error', () => socket.destroy());
  socket.on('close', () => those.delete(socket));
}
