/**
 * What Redis is given to do when its data is copied out and put back: each script is one step for everybody else. A page
 * goes out as one string, and comes back as it went: nobody but Redis looks into it. Most keys of most customers are
 * strings, which have commands for many of them at once.
 */

/** Keys of one SCAN, MGET and MSET, and fields of one command: far below what `unpack` takes. */
const AT_ONCE = 100;

/**
 * ARGV: the database, the cursor, how many bytes are enough for one page, whether keys of it expire, whether fields do.
 * Returns the next cursor, how many keys the page has, and the page.
 */
export const COPY_PAGE = `
local call = redis.call
local database, cursor, enough = ARGV[1], ARGV[2], tonumber(ARGV[3])
local keys_expire, fields_expire = ARGV[4] == '1', ARGV[5] == '1'
call('SELECT', database)
local count, bytes = 0, 0
-- Lua's numbers are exact up to 2^53, which is the year 287396: this and the longest way are less.
local EXPIRY_MAX = 9000000000000000
-- Name, value and expiry of each; and whether any of them expires: otherwise the payload of the hash tells everything.
local function fields_of(key)
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
      fields[#fields + 1] = expiry
      bytes = bytes + #page[at] + #value
    end
  end
  return fields, some
end
-- Of what is no string. false: all its fields are over, and Redis would not take it back.
local function content_of(key)
  if fields_expire and call('TYPE', key).ok == 'hash' then
    local fields, some = fields_of(key)
    if some then return fields end
    if #fields == 0 then return false end
  end
  return call('DUMP', key)
end
-- MGET gives strings only, which go back as MSET takes them. The others follow as key and payload, or key and fields;
-- then those that expire, and when.
local function copy(keys)
  local texts, flat, others, expiring, expiries = call('MGET', unpack(keys)), {}, {}, {}, {}
  local length, timed = 0, 0
  for at, key in ipairs(keys) do
    local content = texts[at]
    if content then
      flat[length + 1], flat[length + 2] = key, content
      length = length + 2
    else
      content = content_of(key)
      if content then others[#others + 1] = {key, content} end
    end
    if content then
      count = count + 1
      bytes = bytes + #key + #content
      local expiry = keys_expire and call('PEXPIRETIME', key) or -1
      if expiry >= 0 then
        timed = timed + 1
        expiring[timed], expiries[timed] = key, math.min(expiry, EXPIRY_MAX)
      end
    end
  end
  return {flat, others, expiring, expiries}
end
local page = {}
repeat
  local found = call('SCAN', cursor, 'COUNT', ${String(AT_ONCE)})
  cursor = found[1]
  if #found[2] > 0 then page[#page + 1] = copy(found[2]) end
until cursor == '0' or bytes >= enough
return {cursor, count, cmsgpack.pack(page)}
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

/**
 * ARGV: the database, which has nothing else of these keys, a page of it, and how much later its expiries are to be (ms). What
 * is over by then is deleted at once.
 */
export const PUT_BACK_PAGE = `
local call, format = redis.call, string.format
local later = tonumber(ARGV[3])
-- Redis 7.0 takes longer to write a number as text than to do what it is for; later ones write it faster than Lua does.
local writes_slowly = redis.REDIS_VERSION_NUM < 0x00070200
-- Redis takes no later end of a field (ebuckets.h, EB_EXPIRE_TIME_MAX).
local FIELD_MAX = 70368744177663
call('SELECT', ARGV[1])
local function put_back_fields(key, fields)
  for at = 1, #fields, 3 do
    local name, expiry = fields[at], fields[at + 2]
    call('HSET', key, name, fields[at + 1])
    if expiry >= 0 then
      call('HPEXPIREAT', key, math.max(1, math.min(expiry + later, FIELD_MAX)), 'FIELDS', 1, name)
    end
  end
end
for _, part in ipairs(cmsgpack.unpack(ARGV[2])) do
  local flat, others, expiring, expiries = unpack(part)
  if #flat > 0 then call('MSET', unpack(flat)) end
  for _, other in ipairs(others) do
    local key, content = unpack(other)
    if type(content) == 'table' then put_back_fields(key, content) else call('RESTORE', key, 0, content, 'REPLACE') end
  end
  for at = 1, #expiring do
    local expiry = expiries[at] + later
    call('PEXPIREAT', expiring[at], writes_slowly and format('%d', expiry) or expiry)
  end
end
return redis.status_reply('OK')
`;
