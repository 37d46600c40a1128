#!lua name=livevote_2

-- The store's side of livevote, version 2. Names carry the version, so that two
-- releases can share a server. Functions run alone but do not roll back: each
-- checks everything before its first write.

-- Answers, as in core/ballot.py.
local COUNTED, AGAIN, SEQ_CONFLICT, SEQ_STALE, LATE, PAUSED, NOT_OPEN, FINAL = 0, 1, 2, 3, 4, 5, 6, 7
local TURNED_BATCHES_MAX = 20000

-- A mark is what is kept of a voter's last counted ballot: three numbers of four bytes, then the
-- panel. A sequence number stays below 2^31, a value within 1,000 (wire, core/scale.py).
local MARK, PANEL_AT = '>I4i4I4', 13

-- The window as numbers; a run never seen has none.
local function window_of(key)
  local found = redis.call(
    'HMGET', key, 'phase', 'opened_ms', 'deadline_ms', 'until_ms', 'change', 'viewers', 'later_ms', 'newest_ms'
  )
  return {
    phase = found[1], opened = tonumber(found[2]), deadline = tonumber(found[3]), until_ms = tonumber(found[4]),
    change = found[5] == '1', viewers = found[6], later = tonumber(found[7]) or 0,
    newest = tonumber(found[8]) or 0,
  }
end

-- What the window says of a ballot of `panel` received at `received`: nil to let it in, else an
-- answer. Viewers have the show later than the studio, so deadline and close come later for them.
local function refused(window, panel, received)
  local phase = window.phase
  local later = panel == window.viewers and window.later or 0
  if phase == 'open' then
    if received < window.opened then return NOT_OPEN end
    if window.deadline > 0 and received > window.deadline + later then return LATE end
    return nil
  end
  if phase == 'paused' then
    if received >= window.opened and received <= window.until_ms then return nil end
    return PAUSED
  end
  if phase == 'closing' then
    if received >= window.opened and received <= window.until_ms + later then return nil end
    return LATE
  end
  if phase == 'closed' then return LATE end
  return NOT_OPEN
end

local WINDOW_SAID = { [LATE] = true, [PAUSED] = true, [NOT_OPEN] = true }

-- The answer to a ballot and the index that goes with it; nil for one that is to be counted.
local function judge(window, mark, panel, seq, value, received)
  if mark then
    local last_seq, last_value, last_index = struct.unpack(MARK, mark)
    if seq == last_seq then
      if value == last_value then return AGAIN, last_index end
      return SEQ_CONFLICT, 0
    end
    if seq < last_seq then return SEQ_STALE, 0 end
  end
  local code = refused(window, panel, received)
  if code then return code, 0 end
  if mark and not window.change then return FINAL, 0 end
  return nil
end

local function move(moved, panel, value, by)
  local counts = moved[panel]
  if not counts then
    counts = {}
    moved[panel] = counts
  end
  counts[value] = (counts[value] or 0) + by
end

-- The lists with only those rows that stand in `places`.
local function rows(lists, places)
  local found = {}
  for l, list in ipairs(lists) do
    found[l] = {}
    for to, from in ipairs(places) do found[l][to] = list[from] end
  end
  return found
end

-- lv2_commit: one batch of ballots of one run.
-- KEYS window ballots marks tally log turned
-- ARGV[1] msgpack [voters, panels, seqs, values, received_ms], lists of one length, at most 1,024
-- Answers msgpack [code, index, code, index, ...] in the batch's order.
-- A ballot is a row of lists here: a table for each would cost more than its place in the sorted set.
local function commit(keys, args)
  local lists = cmsgpack.unpack(args[1])
  local voters, panels, seqs, values, times = unpack(lists)
  local window = window_of(keys[1])
  local stored = redis.call('HMGET', keys[3], unpack(voters))
  local size = tonumber(redis.call('HGET', keys[4], 'size') or 0)

  -- places: the rows that are counted. as_came: whether the log may take the batch as it is.
  -- marks: of voters counted in this batch. moved: panel → value → change of its count. newest: when
  -- the last of those counted came, by the studio's time.
  local answers, places, counted, turned, as_came = {}, {}, 0, {}, true
  local newest = window.newest
  local marks, moved, scores, pairs_of_scores, pairs_of_marks = {}, {}, {}, {}, {}
  for i = 1, #voters do
    local voter, panel, value = voters[i], panels[i], values[i]
    local mark = marks[voter] or stored[i]
    -- A voter stays in the panel of their first ballot of the run.
    local stays = mark and string.sub(mark, PANEL_AT) or panel
    local code, index = judge(window, mark, stays, seqs[i], value, times[i])
    if not code then
      if panel ~= stays then panel, panels[i], as_came = stays, stays, false end
      if mark then
        local _, last_value = struct.unpack(MARK, mark)
        move(moved, panel, last_value, -1)
      end
      move(moved, panel, value, 1)
      newest = math.max(newest, times[i] - (panel == window.viewers and window.later or 0))
      size, counted = size + 1, counted + 1
      code, index = COUNTED, size
      mark = struct.pack(MARK, seqs[i], value, index) .. panel
      marks[voter] = mark
      places[counted] = i
      -- Text, made once for each value: the server writes a number out anew each time.
      scores[value] = scores[value] or tostring(value)
      -- Of a voter who comes twice, the later pair stands.
      local first, second = 2 * counted - 1, 2 * counted
      pairs_of_scores[first], pairs_of_scores[second] = scores[value], voter
      pairs_of_marks[first], pairs_of_marks[second] = voter, mark
    elseif WINDOW_SAID[code] then
      turned[#turned + 1] = { voter, panel, value, times[i], code }
    end
    answers[2 * i - 1], answers[2 * i] = code, index
  end

  if #turned > 0 then
    redis.call('XADD', keys[6], 'MAXLEN', '~', TURNED_BATCHES_MAX, '*', 'b', cmsgpack.pack(turned))
  end
  if counted > 0 then
    -- 2,048 arguments at most; Lua's limit is near 8,000.
    redis.call('ZADD', keys[2], unpack(pairs_of_scores))
    redis.call('HSET', keys[3], unpack(pairs_of_marks))
    for panel, counts in pairs(moved) do
      for value, by in pairs(counts) do
        if by ~= 0 then redis.call('HINCRBY', keys[4], panel .. ':' .. value, by) end
      end
    end
    redis.call('HSET', keys[4], 'size', size)
    if newest > window.newest then redis.call('HSET', keys[1], 'newest_ms', newest) end
    local entry = args[1]
    if counted < #voters or not as_came then entry = cmsgpack.pack(rows(lists, places)) end
    redis.call('XADD', keys[5], size .. '-0', 'b', entry)
  end
  return cmsgpack.pack(answers)
end

-- lv2_append: events of one log, at the revision on which they were decided; a run's checkpoints too.
-- KEYS events or checkpoints; ARGV expected revision, event, ...
-- Answers {1, new revision} or {0, the revision there is}.
local function append(keys, args)
  local revision = redis.call('XLEN', keys[1])
  if revision ~= tonumber(args[1]) then return { 0, revision } end
  for i = 2, #args do
    revision = revision + 1
    redis.call('XADD', keys[1], revision .. '-0', 'e', args[i])
  end
  return { 1, revision }
end

-- lv2_window: move a run's window, if it stands where the caller thinks. It ends (until_ms) no earlier
-- than a ballot came that was counted while the call was on its way.
-- KEYS window tally ballots; ARGV allowed phases joined by ',' ("" allows a run never seen), field, value, ...
-- Answers {1 if moved else 0, phase there is now, until_ms, log size, ballots}.
local function window(keys, args)
  local phase = redis.call('HGET', keys[1], 'phase') or ''
  local moved = 0
  for allowed in string.gmatch(args[1] .. ',', '([^,]*),') do
    if allowed == phase then moved = 1 end
  end
  if moved == 1 then
    for i = 2, #args, 2 do
      redis.call('HSET', keys[1], args[i], args[i + 1])
    end
    local there = window_of(keys[1])
    phase = there.phase
    if (phase == 'closing' or phase == 'paused') and there.newest > (there.until_ms or 0) then
      redis.call('HSET', keys[1], 'until_ms', there.newest)
    end
  end
  return {
    moved, phase,
    tonumber(redis.call('HGET', keys[1], 'until_ms') or 0),
    tonumber(redis.call('HGET', keys[2], 'size') or 0),
    redis.call('ZCARD', keys[3]),
  }
end

redis.register_function('lv2_commit', commit)
redis.register_function('lv2_append', append)
redis.register_function('lv2_window', window)
