/** What Redis is given to do when its data is copied out and put back: each script is one step for everybody else. */

/** Keys of one SCAN call, and fields of one command: far below what `unpack` takes. */
const AT_ONCE = 500;

/**
 * ARGV: the database, the cursor, how many bytes are enough for one page, whether keys of it expire, whether fields do.
 * Returns the next cursor; `key, payload` of keys without expiry; `key, payload, expiry` of the others; and of hashes with
 * fields that expire `key, expiry, fields`, the fields as `name, value, expiry`.
 */
export const COPY_PAGE = `
local call = redis.call
local database, cursor, enough = ARGV[1], ARGV[2], tonumber(ARGV[3])
local keys_expire, fields_expire = ARGV[4] == '1', ARGV[5] == '1'
call('SELECT', database)
local lasting, timed, hashes, bytes = {}, {}, {}, 0
local function exact(number) return string.format('%.0f', number) end
-- nil: no field of it expires, and the payload tells everything.
local function fields_of(key)
  if not fields_expire or call('TYPE', key).ok ~= 'hash' then return nil end
  local flat, fields, some = call('HGETALL', key), {}, false
  local names = {}
  for at = 1, #flat, 2 do names[#names + 1] = flat[at] end
  for from = 1, #names, ${String(AT_ONCE)} do
    local page = {unpack(names, from, math.min(from + ${String(AT_ONCE - 1)}, #names))}
    local expiries = call('HPEXPIRETIME', key, 'FIELDS', #page, unpack(page))
    for at, expiry in ipairs(expiries) do
      some = some or expiry >= 0
      local value = flat[2 * (from + at - 1)]
      fields[#fields + 1] = page[at]
      fields[#fields + 1] = value
      fields[#fields + 1] = exact(expiry)
      bytes = bytes + #page[at] + #value
    end
  end
  return some and fields or nil
end
local function copy(key)
  local expiry = keys_expire and call('PEXPIRETIME', key) or -1
  if expiry == -2 then return end
  local fields = fields_of(key)
  if fields then
    hashes[#hashes + 1] = {key, exact(expiry), fields}
    return
  end
  local payload = call('DUMP', key)
  bytes = bytes + #key + #payload
  if expiry < 0 then
    local at = #lasting
    lasting[at + 1] = key
    lasting[at + 2] = payload
  else
    local at = #timed
    timed[at + 1] = key
    timed[at + 2] = payload
    timed[at + 3] = expiry
  end
end
repeat
  local page = call('SCAN', cursor, 'COUNT', ${String(AT_ONCE)})
  cursor = page[1]
  for _, key in ipairs(page[2]) do copy(key) end
until cursor == '0' or bytes >= enough
return {cursor, lasting, timed, hashes}
`;

/** Empties every database that has something in it: FLUSHALL would write a file, too. */
export const EMPTY_ALL = `
for line in string.gmatch(redis.call('INFO', 'keyspace'), '[^\\r\\n]+') do
  local database = string.match(line, '^db(%d+):')
  if database then
    redis.call('SELECT', database)
    redis.call('FLUSHDB', 'ASYNC')
  end
end
return redis.status_reply('OK')
`;

/** KEYS: a hash. ARGV: its expiry or -1, then `name, value, expiry or -1` of each field. */
export const PUT_BACK_HASH = `
local key = KEYS[1]
redis.call('DEL', key)
for at = 2, #ARGV, 3 do
  redis.call('HSET', key, ARGV[at], ARGV[at + 1])
  if ARGV[at + 2] ~= '-1' then redis.call('HPEXPIREAT', key, ARGV[at + 2], 'FIELDS', 1, ARGV[at]) end
end
if ARGV[1] ~= '-1' then redis.call('PEXPIREAT', key, ARGV[1]) end
return redis.status_reply('OK')
`;
