// The line to livevote: a WebSocket with hello, clock and heartbeat that comes back for ever.
// Carries messages; knows nothing of what they mean, except what keeps the line up.

export const RULES = {
  ping_ms: 4000,
  // Nothing heard for this long, with a ping out: the line is dead, whatever the socket says.
  silence_ms: 10000,
  // The same after the page slept or the network changed: somebody is looking now.
  doubt_ms: 2500,
  // From connecting to welcome. A lost SYN can hang for minutes.
  patience_ms: 4000,
  backoff_ms: 250,
  slowest_ms: 5000,
};

// Close codes after which nobody comes back by himself, and those before which to wait.
// All others (a cut line is 1006) mean: come back.
export const STOPS = [1009, 4400, 4401, 4403, 4409];
export const AFTER_MS = { 1001: 500, 1002: 5000, 1007: 5000, 4404: 5000, 4408: 1000, 4429: 5000, 4503: 3000 };

// Monotonic: a tablet whose clock is set during the show keeps its countdown.
const here = () => Math.round(performance.now());

// The server's clock, from its `now` in an answer and our times of asking and hearing.
export function serverClock() {
  let samples = [];
  let offset = Date.now() - here();
  return {
    now: () => here() + offset,
    // A new connection starts again: our clock may have stood still while the device slept.
    reset() { samples = []; },
    // The shortest round trip knows best; only the last few count, because clocks drift.
    sample(asked, now) {
      const heard = here();
      const trip = heard - asked;
      samples = samples.concat({ trip, offset: now + trip / 2 - heard }).slice(-8);
      offset = samples.reduce((best, one) => (one.trip > best.trip ? best : one)).offset;
    },
  };
}

// channel: "voter", "overlay" or "staff". episode "": the one that is on. slowest_ms: the longest
// wait between two attempts. origin: of the server, where it is not the page's own. onMessage gets
// every message in order; onStatus every change of status: "connecting", "online", "offline"
// (trying), "stopped" (will not try; see closeCode).
export function openLine(options) {
  const { channel, episode = "", token = "", slowest_ms = RULES.slowest_ms, origin = location.origin, onMessage, onStatus } = options;
  const clock = serverClock();
  let socket = null;
  let began = 0; // when this attempt started, by here()
  let heard = 0;
  let pinged = 0;
  let doubted = 0; // since when the line is doubted; 0: it is not
  let known = {}; // epoch and rev of the newest state
  let retry = 0;

  const line = {
    status: "connecting",
    closeCode: 0,
    failures: 0, // attempts and connections lost since the last welcome
    clock,
    now: clock.now,
    // Whether it went out; not whether it arrived.
    send(plain) {
      if (line.status !== "online") return false;
      say(plain);
      return true;
    },
    close() {
      const last = socket;
      socket = null;
      stop();
      if (last) last.close();
    },
  };

  function become(status) {
    if (line.status === status) return;
    line.status = status;
    if (onStatus) onStatus(status);
  }

  function connect() {
    clearTimeout(retry);
    retry = 0;
    began = here();
    const mine = (socket = new WebSocket(origin.replace(/^http/, "ws") + "/socket", "livevote.json"));
    // An old socket may still speak after it was given up: only the newest is listened to.
    mine.onopen = () => mine === socket && hello();
    mine.onmessage = (event) => mine === socket && receive(JSON.parse(event.data));
    mine.onclose = (event) => mine === socket && lost(event.code);
  }

  function say(plain) {
    socket.send(JSON.stringify(plain));
  }

  function hello() {
    pinged = here();
    say(Object.assign({ t: "hello", v: 1, channel, episode, token }, known));
  }

  function ping() {
    pinged = here();
    say({ t: "ping", c: pinged });
  }

  function receive(message) {
    heard = here();
    doubted = 0;
    if (message.t === "welcome") {
      clock.reset();
      clock.sample(pinged, message.now);
      line.failures = 0;
      become("online");
    }
    if (message.t === "pong") clock.sample(message.c, message.now);
    if (message.t === "state") known = { epoch: message.epoch, rev: message.rev };
    onMessage(message);
  }

  function lost(code) {
    socket = null;
    doubted = 0;
    line.closeCode = code;
    line.failures += 1;
    if (STOPS.includes(code)) return stop();
    // The state of one episode says nothing about the next.
    if (code === 4404 || code === 4410) known = {};
    // Full jitter: ten thousand phones must not come back on one tick.
    const ceiling = Math.min(slowest_ms, RULES.backoff_ms * 2 ** (line.failures - 1));
    retry = setTimeout(connect, (AFTER_MS[code] || 0) + Math.random() * ceiling);
    become("offline");
  }

  // The socket may take minutes to notice; we do not wait for it.
  function giveUp() {
    const dead = socket;
    lost(1006);
    dead.close();
  }

  function beat() {
    if (!socket) return;
    const now = here();
    // A page in the background is woken once a minute: silence without a ping out says nothing.
    const silent = pinged > heard && now - heard > RULES.silence_ms;
    const dead = line.status === "online" ? silent || (doubted && now - doubted > RULES.doubt_ms) : now - began > RULES.patience_ms;
    if (dead) giveUp();
    else if (line.status === "online" && now - pinged >= RULES.ping_ms) ping();
  }

  // The page woke up or the network changed: be back at once, or know that we still are.
  function wake() {
    if (document.visibilityState === "hidden") return;
    if (retry) connect();
    else if (line.status === "online") {
      doubted = doubted || here();
      ping();
    }
    // Waking fires several events: an attempt that has just begun is left alone.
    else if (here() - began > 1000) {
      giveUp();
      connect();
    }
  }

  const WAKERS = [[window, "online"], [window, "offline"], [window, "pageshow"], [document, "visibilitychange"]];

  function stop() {
    clearInterval(beating);
    clearTimeout(retry);
    WAKERS.forEach(([target, name]) => target.removeEventListener(name, wake));
    become("stopped");
  }

  WAKERS.forEach(([target, name]) => target.addEventListener(name, wake));
  const beating = setInterval(beat, 500);
  connect();
  return line;
}
