/**
 * What Redis is given to do when its data ages: scripts, since each is one step for everybody else. They find out by
 * themselves what there is to do, so nothing changes between the looking and the doing.
 *
 * Why SCAN gives no key twice here: it does so only where a table begins to shrink between two calls with one cursor
 * (dict.c, dictScan). Up to Redis 7.2 only the cron does that, which does not run within a script. Since 7.4, and in
 * Valkey since 8.0, the deletion of an expired key may do it (dict.c, dictDelete): there the first round is for those,
 * since SCAN deletes what it meets expired. In the second one nothing is left to delete: the time by which keys expire
 * stands still while a script runs (script.c, scriptTimeSnapshot; server.c, commandTimeSnapshot).
 */

/** Keys of one SCAN call, and fields of one command: far below what `unpack` takes. */
const AT_ONCE = 200;

/** Shared by all: calls back for each database that has something that expires, with how much of it. */
const EACH_DATABASE = `
local call = redis.call
local function each_database(visit)
  for line in string.gmatch(call('INFO', 'keyspace'), '[^\\r\\n]+') do
    local database = string.match(line, '^db(%d+):')
    if database then
      -- Hashes with fields that expire: Redis calls it subexpiry, Valkey keys_with_volatile_items.
      local hashes = string.match(line, 'subexpiry=(%d+)') or string.match(line, 'volatile_items=(%d+)') or '0'
      local keys = tonumber(string.match(line, 'expires=(%d+)'))
      if keys > 0 or tonumber(hashes) > 0 then
        call('SELECT', database)
        visit(database, keys, tonumber(hashes))
      end
    end
  end
end
local function each_page(visit, ...)
  local cursor = '0'
  repeat
    local page = call('SCAN', cursor, 'COUNT', ${String(AT_ONCE)}, ...)
    cursor = page[1]
    if visit(page[2]) then return end
  until cursor == '0'
end
`;

/**
 * ARGV: milliseconds to move by; the least that is left to what would be over. An expiry that lay in the past would
 * be a deletion, of which nobody hears `expired` (expire.c, expireGenericCommand): so it is put just ahead of now.
 * Beyond 2^53 (the year 287396) an expiry is left as it is: Lua's numbers end there.
 * Returns how many keys and fields were moved, and how many of them are over in a moment.
 */
export const AGE = `${EACH_DATABASE}
local by, grace = tonumber(ARGV[1]), tonumber(ARGV[2])
local EXACT_MAX = 9007199254740992
-- Redis refuses later ends of fields (ebuckets.h, EB_EXPIRE_TIME_MAX), and what it refuses would end this half way.
local FIELD_MAX = 70368744177663
local keys_moved, fields_moved, ended = 0, 0, 0
local function now()
  local time = call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
-- Nothing that is to end later than that has to be compared with the time again.
local horizon
local function not_over(to)
  local soon = now() + grace
  if to >= soon then return to end
  ended = ended + 1
  return soon
end
local function age_keys(keys)
  horizon = now() + 10000
  for _, key in ipairs(keys) do
    local expiry = call('PEXPIRETIME', key)
    if expiry >= 0 and expiry <= EXACT_MAX then
      local to = expiry - by
      if to <= horizon then to = not_over(to) end
      if to <= EXACT_MAX then
        call('PEXPIREAT', key, to)
        keys_moved = keys_moved + 1
      end
    end
  end
end
local function age_fields(key, fields)
  local expiries = call('HPEXPIRETIME', key, 'FIELDS', #fields, unpack(fields))
  for at, expiry in ipairs(expiries) do
    if expiry >= 0 then
      local to = expiry - by
      if to <= horizon then to = not_over(to) end
      if to <= FIELD_MAX then
        call('HPEXPIREAT', key, to, 'FIELDS', 1, fields[at])
        fields_moved = fields_moved + 1
      end
    end
  end
end
local function age_hashes(keys)
  horizon = now() + 10000
  for _, key in ipairs(keys) do
    local fields = call('HKEYS', key)
    for from = 1, #fields, ${String(AT_ONCE)} do
      age_fields(key, {unpack(fields, from, math.min(from + ${String(AT_ONCE - 1)}, #fields))})
    end
  end
end
-- Valkey says that it is Redis 7.2, and has a table of its own.
local shrinks_by_itself = redis.REDIS_VERSION_NUM >= 0x00070400 or rawget(_G, 'server') ~= nil
each_database(function(_, keys, hashes)
  if shrinks_by_itself then each_page(function() end) end
  if keys > 0 then each_page(age_keys) end
  if hashes > 0 then each_page(age_hashes, 'TYPE', 'hash') end
end)
return {keys_moved, fields_moved, ended}
`;

/**
 * ARGV: of how many expiries one is enough. Returns database, key, expiry, and the field where it is one's of a hash,
 * of the one that is left longest: the longer it lives, the longer it can tell. Nothing where there is none.
 */
export const WITNESS = `${EACH_DATABASE}
local enough = tonumber(ARGV[1])
local seen, found, latest = 0, nil, -1
local function look(expiry, database, key, field)
  if expiry < 0 then return end
  seen = seen + 1
  if expiry > latest and expiry <= 9007199254740992 then
    found, latest = {database, key, string.format('%.0f', expiry), field}, expiry
  end
end
each_database(function(database, keys, hashes)
  if keys > 0 and seen < enough then
    each_page(function(page)
      for _, key in ipairs(page) do look(call('PEXPIRETIME', key), database, key) end
      return seen >= enough
    end)
  end
  if hashes > 0 and seen < enough then
    each_page(function(page)
      for _, key in ipairs(page) do
        local fields = call('HKEYS', key)
        for from = 1, #fields, ${String(AT_ONCE)} do
          local some = {unpack(fields, from, math.min(from + ${String(AT_ONCE - 1)}, #fields))}
          local expiries = call('HPEXPIRETIME', key, 'FIELDS', #some, unpack(some))
          for at, expiry in ipairs(expiries) do look(expiry, database, key, some[at]) end
        end
      end
      return seen >= enough
    end, 'TYPE', 'hash')
  end
end)
return found
`;

/** KEYS: the key. ARGV: its database, and the field where it is one's. Returns the expiry, negative where there is none. */
export const EXPIRY_OF = `
redis.call('SELECT', ARGV[1])
if not ARGV[2] then return redis.call('PEXPIRETIME', KEYS[1]) end
local expiries = redis.call('HPEXPIRETIME', KEYS[1], 'FIELDS', 1, ARGV[2])
return type(expiries) == 'table' and expiries[1] or -2
`;
