#!lua name=livevote_1

-- The store's side of livevote, version 1. Names carry the version, so that two
-- releases can share a server. Functions run alone but do not roll back: each
-- checks everything before its first write.

-- Answers, as in core/ballot.py.
local COUNTED, AGAIN, SEQ_CONFLICT, SEQ_STALE, LATE, PAUSED, NOT_OPEN, FINAL = 0, 1, 2, 3, 4, 5, 6, 7
local TURNED_BATCHES_MAX = 20000

-- What the window says of a ballot received at `received`: nil to let it in, else an answer.
local function refused(window, received)
  local phase, opened, deadline, until_ms = window[1], tonumber(window[2]), tonumber(window[3]), tonumber(window[4])
  if phase == 'open' then
    if received < opened then return NOT_OPEN end
    if deadline > 0 and received > deadline then return LATE end
    return nil
  end
  if phase == 'paused' then
    if received >= opened and received <= until_ms then return nil end
    return PAUSED
  end
  if phase == 'closing' then
    if received >= opened and received <= until_ms then return nil end
    return LATE
  end
  if phase == 'closed' then return LATE end
  return NOT_OPEN
end

local function parse_mark(text)
  local seq, value, index, panel = string.match(text, '^(%d+):(-?%d+):(%d+):(.*)$')
  return { seq = tonumber(seq), value = tonumber(value), index = tonumber(index), panel = panel }
end

-- lv1_commit: one batch of ballots of one run.
-- KEYS window ballots marks tally log turned
-- ARGV[1] msgpack [[voter, panel, seq, value, received_ms], ...], at most 1,024
-- Answers [[code, index], ...] in the batch's order.
local function commit(keys, args)
  local batch = cmsgpack.unpack(args[1])
  local window = redis.call('HMGET', keys[1], 'phase', 'opened_ms', 'deadline_ms', 'until_ms', 'change')
  local voters = {}
  for i, ballot in ipairs(batch) do voters[i] = ballot[1] end
  local stored = redis.call('HMGET', keys[3], unpack(voters))
  local size = tonumber(redis.call('HGET', keys[4], 'size') or 0)

  local marks, answers, entries, turned, moved, touched = {}, {}, {}, {}, {}, {}
  for i, ballot in ipairs(batch) do
    local voter, panel, seq, value, received = ballot[1], ballot[2], ballot[3], ballot[4], ballot[5]
    local mark = marks[voter]
    if not mark and stored[i] then mark = parse_mark(stored[i]) end
    local code, index = nil, 0
    if mark and seq == mark.seq then
      if value == mark.value then code, index = AGAIN, mark.index else code = SEQ_CONFLICT end
    elseif mark and seq < mark.seq then
      code = SEQ_STALE
    else
      code = refused(window, received)
      if code then
        turned[#turned + 1] = { voter, panel, value, received, code }
      elseif mark and window[5] ~= '1' then
        code = FINAL
      end
    end
    if not code then
      -- A voter stays in the panel of their first ballot of the run.
      if mark then panel = mark.panel end
      size = size + 1
      code, index = COUNTED, size
      if mark then
        local from = mark.panel .. ':' .. mark.value
        moved[from] = (moved[from] or 0) - 1
      end
      local to = panel .. ':' .. value
      moved[to] = (moved[to] or 0) + 1
      marks[voter] = { seq = seq, value = value, index = index, panel = panel }
      touched[#touched + 1] = voter
      entries[#entries + 1] = { index, voter, panel, seq, value, received }
    end
    answers[i] = { code, index }
  end

  if #turned > 0 then
    redis.call('XADD', keys[6], 'MAXLEN', '~', TURNED_BATCHES_MAX, '*', 'b', cmsgpack.pack(turned))
  end
  if #entries > 0 then
    local scores, fields = {}, {}
    for _, voter in ipairs(touched) do
      local mark = marks[voter]
      scores[#scores + 1] = mark.value
      scores[#scores + 1] = voter
      fields[#fields + 1] = voter
      fields[#fields + 1] = table.concat({ mark.seq, mark.value, mark.index, mark.panel }, ':')
    end
    -- 1,024 ballots make 2,048 arguments; unpack stays below Lua's limit in halves.
    for first = 1, #scores, 1000 do
      local last = math.min(first + 999, #scores)
      redis.call('ZADD', keys[2], unpack(scores, first, last))
      redis.call('HSET', keys[3], unpack(fields, first, last))
    end
    for bucket, by in pairs(moved) do
      if by ~= 0 then redis.call('HINCRBY', keys[4], bucket, by) end
    end
    redis.call('HSET', keys[4], 'size', size)
    redis.call('XADD', keys[5], size .. '-0', 'b', cmsgpack.pack(entries))
  end
  return answers
end

-- lv1_append: events of one log, at the revision on which they were decided.
-- KEYS events; ARGV expected revision, event, ...
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

-- lv1_window: move a run's window, if it stands where the caller thinks.
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
    phase = redis.call('HGET', keys[1], 'phase')
  end
  return {
    moved, phase,
    tonumber(redis.call('HGET', keys[1], 'until_ms') or 0),
    tonumber(redis.call('HGET', keys[2], 'size') or 0),
    redis.call('ZCARD', keys[3]),
  }
end

redis.register_function('lv1_commit', commit)
redis.register_function('lv1_append', append)
redis.register_function('lv1_window', window)
