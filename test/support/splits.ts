/** Every way to cut `bytes` in two, then byte by byte. */
export function* everySplit(bytes: Buffer): Generator<Buffer[]> {
  for (let i = 0; i <= bytes.length; i += 1) yield [bytes.subarray(0, i), bytes.subarray(i)];
  yield byteByByte(bytes);
}

/** For what is too long for everySplit: whole, and cut in two at `count` places spread over it. */
export function* someSplits(bytes: Buffer, count: number): Generator<Buffer[]> {
  yield [bytes];
  for (let i = 1; i <= count; i += 1) {
    const at = Math.floor((bytes.length * i) / (count + 1));
    yield [bytes.subarray(0, at), bytes.subarray(at)];
  }
}

export function byteByByte(bytes: Buffer): Buffer[] {
  return [...bytes].map((byte) => Buffer.from([byte]));
}

/** `bytes` cut at these places, in any order. */
export function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set([0, ...places.filter((p) => p < bytes.length), bytes.length])];
  at.sort((a, b) => a - b);
  return at.slice(1).map((end, i) => bytes.subarray(at[i], end));
}
