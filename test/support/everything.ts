/**
 * A script that puts something of each type and encoding that Redis 7.0 has into a database: what packs and what does
 * not, what is compressed, what is long. ARGV: the seconds that most of it is to live, or nothing.
 */
export const EVERYTHING = `
  local call = redis.call
  call('SET', 'int8', 12) call('SET', 'int16', 1200) call('SET', 'int32', -120000) call('SET', 'int64', 2^40)
  call('SET', 'raw', 'not compressed') call('SET', 'compressed', string.rep('x', 1000)) call('SETBIT', 'bits', 77, 1)
  call('SET', '', 'an empty key') call('SET', 'empty', '') call('SET', string.rep('long key ', 50), 'x')
  call('SET', 'binary \\0\\1\\255 \\r\\n', '\\0\\r\\n\\255')
  call('SET', 'long', string.rep('0123456789abcdef', 10000) .. tostring(math.random()))
  for at = 1, 1000 do
    call('RPUSH', 'long list', at, 'entry ' .. at) call('HSET', 'big hash', at, 'value ' .. at)
    call('SADD', 'numbers', at) call('SADD', 'big set', 'member ' .. at)
    call('ZADD', 'big zset', at / 3, 'm' .. at) call('PFADD', 'hll', at)
  end
  call('ZADD', 'infinite', '+inf', 'a', '-inf', 'b', 0, 'c')
  call('RPUSH', 'plain list', string.rep('y', 20000) .. 'z', 'short')
  call('RPUSH', 'list', 'a', 'b', 3) call('HSET', 'hash', 'a', 'b', 'c', 4) call('HSET', 'wide hash', 'a', string.rep('v', 100))
  call('SADD', 'set', 'a', 'b') call('SADD', 'big numbers', 2^40, 3) call('ZADD', 'zset', 1, 'a', 2.5, 'b')
  call('GEOADD', 'geo', 13.36, 38.11, 'Palermo')
  for at = 1, 300 do call('XADD', 'stream', at .. '-1', 'field', 'value ' .. at) end
  call('XADD', 'stream', '1000-5', 'other', 'x', 'fields', 'y') call('XDEL', 'stream', '7-1', '1000-5')
  call('XGROUP', 'CREATE', 'stream', 'readers', '5-0') call('XGROUP', 'CREATE', 'stream', 'nobody', '$')
  call('XREADGROUP', 'GROUP', 'readers', 'one', 'COUNT', 20, 'STREAMS', 'stream', '>')
  call('XREADGROUP', 'GROUP', 'readers', 'two', 'COUNT', 20, 'STREAMS', 'stream', '>')
  call('XACK', 'stream', 'readers', '9-1') call('XGROUP', 'CREATECONSUMER', 'stream', 'readers', 'idle')
  call('XADD', 'emptied', '1-1', 'a', 'b') call('XTRIM', 'emptied', 'MAXLEN', 0)
  if ARGV[1] and ARGV[1] ~= '' then for _, key in ipairs(call('KEYS', '*')) do call('EXPIRE', key, ARGV[1]) end end
  call('SET', 'for ever', 'value')`;
