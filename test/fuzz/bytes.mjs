// Random bytes that are nearly RESP: whole commands, beginnings of them, and what mutation makes of both.
import fc from 'fast-check';

const resp = (...args) =>
  `*${args.length}\r\n${args.map((arg) => `$${arg.length}\r\n${arg}\r\n`).join('')}`;

/** What they answer depends on nothing but the commands before them on the same keys. */
const WORDS = [
  ...['get', 'SET', 'Del', 'incr', 'lpush', 'LRANGE', 'ping', 'ECHO', 'config', 'object', 'client'],
  ...['multi', 'EXEC', 'discard', 'watch', 'subscribe', 'UNSUBSCRIBE', 'hello', 'reset', 'quit'],
];
const WHOLE = [
  ['GET', 'a'],
  ['SET', 'a', '1'],
  ['SET', 'a', 'x', 'NX', 'GET'],
  ['set', 'b', '-ERR no\r\n+OK\r\n'],
  ['GET', 'b'],
  ['INCR', 'a'],
  ['LPUSH', 'l', '$3', '*1', '-a'],
  ['LRANGE', 'l', '0', '-1'],
  ['DEL', 'a', 'b', 'l'],
  ['PING'],
  ['PING', 'x'],
  ['ECHO', ''],
  ['CONFIG', 'GET', 'maxmemory'],
  ['config', 'get', 'nothing'],
  ['CONFIG', 'nothing'],
  ['OBJECT', 'ENCODING', 'a'],
  ['MULTI'],
  ['EXEC'],
  ['DISCARD'],
  ['WATCH', 'a'],
  ['SUBSCRIBE', 'c', 'd'],
  ['UNSUBSCRIBE'],
  ['HELLO', '3'],
  ['HELLO', '2'],
  ['RESET'],
  ['QUIT'],
  ['CLIENT', 'REPLY', 'SKIP'],
  ['CLIENT', 'REPLY', 'OFF'],
  ['CLIENT', 'REPLY', 'ON'],
  ['EVAL', "return redis.error_reply('OTHER no')", '0'],
  ['EVAL', "return {1, {err='X y'}, 'z'}", '0'],
  ['EVAL', "redis.call('set', 'a', 'e') return 1", '0'],
  ['nope', 'x'],
];

const latin1 = (maxLength) =>
  fc.uint8Array({ maxLength }).map((bytes) => Buffer.from(bytes).toString('latin1'));
const argument = fc.oneof(
  fc.constantFrom('a', 'b', 'l', '1', '0', '-1', 'get', ''),
  latin1(8),
  fc.constantFrom('\r\n', '*1\r\n', '$3\r\nSET\r\n', '\0', '"', "'"),
);
const inWords = fc
  .tuple(fc.constantFrom(...WORDS), fc.array(argument, { maxLength: 4 }))
  .map(([name, rest]) => resp(name, ...rest));
const inlineArgument = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom('a', 'b', '1', '"a b"', "'x'", '""', '\v', '', '*1') },
  {
    weight: 3,
    arbitrary: fc.constantFrom('"\\x41\\n\\""', "'\\'\\n'", '\\', 'a"b"', '"\\x00\\xzz"'),
  },
  { weight: 1, arbitrary: fc.constantFrom('"', "'", '\0', '"a"b', '"a\0"') },
);
const inline = fc
  .tuple(
    fc.constantFrom(...WORDS, 'nope'),
    fc.array(inlineArgument, { maxLength: 4 }),
    fc.constantFrom('\r\n', '\n', '\r', ''),
  )
  .map(([name, rest, end]) => [name, ...rest].join(' ') + end);
const header = fc
  .tuple(
    fc.constantFrom('*', '$', '*1\r\n$', '*2\r\n$3\r\nGET\r\n$', '*3\r\n$3\r\nSET\r\n$1\r\na\r\n$'),
    fc.oneof(
      fc.integer({ min: -3, max: 20 }).map(String),
      fc.constantFrom('', '-', '00', '01', '-0', '+1', ' 1', '1 ', 'x', '\0', '1\0'),
      fc.constantFrom('2147483647', '2147483648', '536870912', '9007199254740993'),
      fc.constantFrom('9223372036854775807', '18446744073709551616', '1'.repeat(40)),
    ),
    fc.constantFrom('\r\n', '\r', '\n', '\r\r', ''),
  )
  .map((parts) => parts.join(''));

const part = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...WHOLE).map((args) => resp(...args)) },
  { weight: 2, arbitrary: fc.constantFrom(...WHOLE).map((args) => `${args.join(' ')}\r\n`) },
  { weight: 3, arbitrary: inWords },
  { weight: 2, arbitrary: inline },
  { weight: 1, arbitrary: header },
  { weight: 1, arbitrary: latin1(20) },
);

/** Where (as a part of the whole), how many bytes go, and what comes in their place. */
const mutation = fc.tuple(
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.nat(3),
  fc.oneof(latin1(2), fc.constantFrom('\r', '\n', '\r\n', '*', '$', '-', '0', '9', '\0', '"')),
);

function mutated([parts, mutations]) {
  let text = parts.join('');
  for (const [place, gone, instead] of mutations) {
    const at = Math.floor(place * text.length);
    text = text.slice(0, at) + instead + text.slice(at + gone);
  }
  return Buffer.from(text, 'latin1');
}

/** What a client may send. */
export const requests = fc
  .tuple(
    fc.array(part, { maxLength: 12 }),
    fc.oneof(fc.constant([]), fc.array(mutation, { maxLength: 4 })),
  )
  .map(mutated);

function longLine([start, length]) {
  return start + 'x'.repeat(length);
}

/** As `requests`, with lines, names and values beyond what is held, counted or waited for. */
export const longRequests = fc
  .array(
    fc.oneof(
      part,
      fc
        .tuple(fc.constantFrom('', 'GET ', '*', '$', '*1\r\n$', 'GET "'), fc.nat(200_000))
        .map(longLine),
      fc.nat(200_000).map((length) => resp('SET', 'a', 'v'.repeat(length))),
      fc.nat(200).map((length) => resp('n'.repeat(length), 'a')),
    ),
    { maxLength: 4 },
  )
  .map((parts) => mutated([parts, []]));

const replyPart = fc.oneof(
  fc.constantFrom('+OK\r\n', '-ERR x\r\n', '-', '-X', ':1\r\n', '$-1\r\n', '*-1\r\n', '_\r\n'),
  fc.constantFrom(
    '$3\r\n-a\r\r\n',
    '=5\r\ntxt:a\r\n',
    '!3\r\n-ab\r\n',
    '*2\r\n',
    '>1\r\n',
    '%1\r\n',
  ),
  fc.constantFrom('$?\r\n', '$x\r\n', '$3', '$10\r\n-ERR', '\r\n', '\n'),
  latin1(12),
);

/** What a server might send, also one that is no Redis. */
export const replies = fc
  .tuple(
    fc.array(replyPart, { maxLength: 16 }),
    fc.oneof(fc.constant([]), fc.array(mutation, { maxLength: 3 })),
  )
  .map(mutated);

/** Lines and values beyond what is held of them. */
export const longReplies = fc
  .array(
    fc.oneof(
      replyPart,
      fc.tuple(fc.constantFrom('-', '+', '$', '-ERR '), fc.nat(200_000)).map(longLine),
      fc.nat(200_000).map((length) => `$${length}\r\n${'-'.repeat(length)}\r\n`),
    ),
    { maxLength: 4 },
  )
  .map((parts) => mutated([parts, []]));

/** Where to cut: parts of the whole, as bytes shrink without moving the cuts to their ends. */
export const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });

/** `bytes` in pieces. */
export function cutAt(bytes, places) {
  const at = new Set(places.map((place) => Math.floor(place * bytes.length)));
  const edges = [...new Set([0, ...at, bytes.length])].sort((a, b) => a - b);
  return edges.slice(1).map((end, i) => bytes.subarray(edges[i], end));
}

/** To be read by people, and to be pasted into a test. */
export function shown(bytes) {
  return JSON.stringify(bytes.toString('latin1'));
}
