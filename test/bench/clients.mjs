// Clients of the endpoint under test, as sockets: what they send, and how many bytes they get.
import { once } from 'node:events';
import { open } from './rig.mjs';

/** Each has had an answer through the proxy. */
export async function openAll(port, count) {
  const sockets = [];
  while (sockets.length < count) {
    const some = Math.min(200, count - sockets.length);
    const opened = await Promise.all(Array.from({ length: some }, () => open(port)));
    await Promise.all(
      opened.map((socket) => {
        const answered = receive(socket, '+PONG\r\n'.length);
        socket.write('PING\r\n');
        return answered;
      }),
    );
    sockets.push(...opened);
  }
  return sockets;
}

export function closeAll(sockets) {
  for (const socket of sockets) socket.destroy();
}

/** Exactly this many bytes, and no more. */
export function receive(socket, count) {
  return new Promise((resolve, reject) => {
    let left = count;
    const closed = () => reject(new Error(`the connection ended, ${left} of ${count} bytes left`));
    const take = (chunk) => {
      left -= chunk.length;
      if (left > 0) return;
      socket.off('data', take);
      socket.off('close', closed);
      if (left === 0) resolve();
      else reject(new Error(`${-left} bytes more than the ${count} expected`));
    };
    socket.on('data', take);
    socket.on('close', closed);
    socket.resume();
  });
}

export async function written(socket) {
  if (socket.writableLength > 0) await once(socket, 'drain');
}

/** To each of them, a byte in a turn, or they would arrive together. */
export async function sendByteByByte(sockets, text) {
  for (let at = 0; at < text.length; at += 1) {
    for (const socket of sockets) socket.write(text.charAt(at));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

export function wait(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
