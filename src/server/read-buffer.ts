/**
 * Sockets that are read into one buffer for all. Node would make a buffer of 64 KB for each read, cut it, and collect
 * it: for short commands that costs more than all that is done with them.
 *
 * For a socket that we open there is an option (`onread`). For one that was accepted there is none, so its handle is
 * moved into another socket, which has the option, in the way in which Node moves sockets between processes
 * (internal/child_process.js). Where a Node has no such handle, the socket stays as it was: slower, and right.
 */
import { Socket, type OnReadOpts, type ServerOpts } from 'node:net';
import { Duplex } from 'node:stream';
import { HeldBytes } from './resp/held-bytes.js';

/** A long value of 64 KB, with its header, comes whole. */
export const READ_BYTES = 128 * 1024;
const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
// eslint-disable-next-line @typescript-eslint/unbound-method -- they are bound to a socket below
const { pause, resume, push } = Duplex.prototype;

/** @param take is given each chunk; it is good only during the call. */
export function intoOneBuffer(take: (chunk: Buffer) => void): OnReadOpts {
  return {
    buffer,
    callback(this: Socket, length) {
      take(buffer.subarray(0, length));
      // One that is paused by then reads on when it is resumed (net.js, Socket.prototype.resume).
      return !readsOnLater(length, () => !this.isPaused() && readOn(this));
    },
  };
}

/**
 * Where a read has filled the buffer there is more, and libuv would read on, up to 32 times (unix/stream.c, uv__read):
 * four megabytes of one connection before any other has its turn. So it goes on in the next turn of the event loop.
 */
function readsOnLater(length: number, goOn: () => void): boolean {
  if (length < READ_BYTES) return false;
  setImmediate(goOn);
  return true;
}

function readOn(socket: Socket): void {
  const { _handle: handle } = socket as WithHandle;
  if (!handle || handle.reading) return;
  handle.reading = true;
  handle.readStart();
}

interface WithHandle {
  /** Node's own, for the system's socket: what of it is used here (internal/stream_base_commons.js). */
  _handle?: { reading: boolean; readStart(): number } | null;
}

/**
 * The same connection, read into the buffer while it flows: each chunk is told as `data`, and is good only during the
 * call. To be called in the turn in which it was accepted, before anything was read of it. The server does not wait for
 * its end any more when it closes.
 */
export function moved(
  accepted: Socket,
  options: Pick<ServerOpts, 'allowHalfOpen' | 'highWaterMark'>,
): Socket {
  const from = accepted as WithHandle;
  const handle = from._handle;
  if (!handle || !('useUserBuffer' in handle)) return accepted;
  from._handle = null;
  accepted.destroy();
  /** What came while it was paused. Node would keep an object for each read, a hundred times a read of one byte. */
  const held = new HeldBytes();
  const callback = (length: number): boolean => {
    const chunk = buffer.subarray(0, length);
    const isFree = socket.readableFlowing === true && socket.readableLength + held.length === 0;
    if (isFree) {
      socket.emit('data', chunk);
      return !readsOnLater(length, () => readOn(socket));
    }
    held.add(chunk);
    return held.length < READ_BYTES || push.call(socket, held.take());
  };
  const socket = new Socket({
    ...options,
    ...{ handle, manualStart: true, onread: { buffer, callback } },
  });
  socket.on('resume', () => {
    if (held.length > 0 && !socket.isPaused()) push.call(socket, held.take());
  });
  return Object.assign(socket, {
    // As with any other socket, up to the high water mark is read while it is paused. A socket with `onread` would stop
    // at once, and not notice that its client has gone.
    ...{ pause, resume },
    // Its end, say: behind all that came before.
    push(chunk: unknown): boolean {
      if (held.length > 0) push.call(socket, held.take());
      return push.call(socket, chunk);
    },
  });
}
