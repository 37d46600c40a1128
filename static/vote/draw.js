// The page as its state says it should look. Keeps only what was drawn before.

import { pick } from "../shared/words.js";
import { $, enable, make, onPress, put } from "./dom.js";
import { openScale, valueText } from "./scale.js";
import { say, why } from "./text.js";
import {
  ballotState, bandOf, byOneTap, chosen, clockText, countedBallot, end, later, left, maySend, mayChoose, panelOf, proofPath, receiptText, stage,
} from "./state.js";

const VOTING = ["open", "paused"];
const ABOUT_A_BALLOT = VOTING.concat("closing", "closed", "verified");
const ABOUT_A_SEGMENT = ABOUT_A_BALLOT.concat("waiting", "armed", "revealed", "void");
const RELOAD_HELPS = ["stopped", "bad_code", "code_used"];
const UNTITLED = ["connecting", "open", "revealed"]; // stages whose title says it all

// A shape for each state and level: colour alone says nothing.
const MARKS = { counted: "✓", refused: "✕", sending: "→", again: "→", kept: "!", good: "✓ ", mid: "○ ", poor: "✕ " };

const rehearses = (view) => Boolean(view && view.episode.rehearsal);
const joined = (parts) => parts.filter(Boolean).join(" · ");

export function openPage({ onPick, onSend, onFollow }) {
  let update = null; // of the scale that is drawn
  let scaleFor = "";
  let drawnChannels = "";
  let before = ""; // the stage that is drawn

  $("on").onchange = () => onFollow($("on").value);
  onPress($("send"), onSend);
  onPress($("reload"), () => location.reload());

  function drawHead({ view, seat }) {
    const { show, title } = view ? view.episode : {};
    document.title = put("show", joined([pick(show), pick(title)]) || say("score_page"));
    put("who", joined(seat ? [say("seat", { seat }), view && view.panel_name && pick(view.panel_name)] : [view && say("viewer")]));
    put("lang", say("lang"));
    put("rehearsal", rehearses(view) && say("rehearsal"));
  }

  function drawBrief({ view }, at) {
    const segment = ABOUT_A_SEGMENT.includes(at) && view.segment;
    $("brief").hidden = !segment;
    if (!segment) return;
    put("unit", pick(segment.unit));
    put("post", pick(segment.post));
    put("more_name", say("more"));
    ["question", "pledge"].forEach((name) => put(name + "_name", put(name, segment[name]) && say(name)));
    $("more").hidden = !segment.question && !segment.pledge;
    // While voting on a small screen the keys come first; the words are one tap away.
    if (at !== before) $("more").open = !VOTING.includes(at) || innerWidth > 899 || innerHeight > 999;
  }

  function rules(state) {
    const panel = panelOf(state);
    if (!panel) return "";
    const counts = rehearses(state.view) ? "" : say(panel.role === "advisory" ? "advisory" : "counting");
    return (counts + " " + say(state.view.run.change_allowed ? "change" : "no_change")).trim();
  }

  function drawStage(state, at) {
    document.body.className = ABOUT_A_SEGMENT.includes(at) ? at : "alone";
    put("title", say(at));
    put("say", at === "open" ? rules(state) : UNTITLED.includes(at) ? "" : say(at + "_say", state));
    put("reload", RELOAD_HELPS.includes(at) ? say("reload") : "");
  }

  // Who has the show later is told so, until when their votes count, and may say on which channel.
  function drawLater(state, at) {
    const view = VOTING.concat("waiting", "armed").includes(at) ? state.view : { channels: [] };
    const ms = at === "open" ? later(state) : 0;
    const time = ms && end(state) && new Date(end(state)).toLocaleTimeString("zh-CN", { hour12: false });
    put("later", ms ? say(time ? "later_until" : "later", { seconds: ms / 1000, time }) : "");
    $("follow").hidden = view.channels.length < 2;
    if ($("follow").hidden) return;
    put("on_name", say("on"));
    const options = [["", say("on_any")]].concat(view.channels.map(({ id, name }) => [id, pick(name)]));
    const wanted = JSON.stringify(options);
    if (drawnChannels !== wanted) {
      $("on").textContent = "";
      $("on").append(...options.map(([value, text]) => make("option", { value }, text)));
    }
    drawnChannels = wanted;
    $("on").value = view.channels.some(({ id }) => id === state.on) ? state.on : "";
  }

  function drawScale(state, at) {
    const shown = VOTING.includes(at) && panelOf(state);
    $("scale").hidden = !shown;
    put("send", "");
    if (!shown) return;
    const { run } = state.view;
    const wanted = run.id + say("lang");
    if (scaleFor !== wanted) update = openScale(run, onPick);
    scaleFor = wanted;
    update(chosen(state), mayChoose(state));
    if (byOneTap(state) || !mayChoose(state)) return;
    enable($("send"), maySend(state));
    put("send", maySend(state) ? say("send_value", { value: valueText(run, state.draft) }) : say("send"));
  }

  // The state of the vote in two sentences.
  function tell(state, { kind, ballot, refusal }) {
    const { run } = state.view;
    const named = (key, { value }) => say(key, { value: valueText(run, value) });
    if (kind === "outside") return [say(kind), ""];
    if (kind === "none") return [say("did_not"), ""];
    if (kind === "choose") return [state.draft === null ? say(kind) : named("draft", { value: state.draft }), ""];
    if (kind === "sending") return [named(kind, ballot), say("sending_say")];
    if (kind === "kept") return [named(kind, ballot), say("kept_say")];
    if (kind === "again") return [named(kind, ballot), why(ballot.why)];
    if (kind === "refused") return [named(kind, ballot), why(refusal.code)];
    const lost = refusal ? [named("refused", refusal), why(refusal.code)] : [];
    return [named(kind, ballot), joined([say("receipt", { receipt: receiptText(ballot.receipt) })].concat(lost))];
  }

  function drawBallot(state, at) {
    const shown = ABOUT_A_BALLOT.includes(at);
    $("ballot").hidden = !shown;
    if (!shown) return "";
    const now = ballotState(state);
    const [title, know] = tell(state, now);
    $("ballot").className = now.kind;
    put("mark", MARKS[now.kind] || "○");
    $("proof").href = "/receipt#" + proofPath(state);
    put("proof", now.kind === "counted" && proofPath(state) && say("proof"));
    return put("ballot_title", title) + " " + put("ballot_say", know);
  }

  function drawResult(state, at) {
    const shown = at === "revealed";
    $("result").hidden = !shown;
    if (!shown) return "";
    const { run, result } = state.view;
    const viewers = run.panels.some((panel) => panel.admission === "viewers");
    const own = countedBallot(state);
    put("say", own ? say("mine", { value: valueText(run, own.value) }) : panelOf(state) ? say("did_not") : "");
    return [
      put("figure", result.figure),
      put("unit_name", result.figure && say("unit_" + result.unit)),
      put("level", result.figure ? (MARKS[result.level] || "") + pick(bandOf(run, result.figure).name) : say("no_figure")),
      put("turnout", joined([result.N && say("turnout", result), viewers && say("turnout_online", result)])),
      $("say").textContent,
    ].join(" ");
  }

  function drawNotes({ line, durability, seat, secure }, at) {
    put("offline", line === "offline" && ABOUT_A_SEGMENT.includes(at) ? say("strip") : "");
    put("notes", joined([
      line === "polling" && say(line),
      durability === "not_durable" && say(durability),
      seat && !secure && say("plain"),
    ]));
  }

  return {
    draw(state) {
      const at = stage(state);
      drawHead(state);
      drawBrief(state, at);
      drawStage(state, at);
      drawLater(state, at);
      drawScale(state, at);
      const news = [drawBallot(state, at), drawResult(state, at)];
      drawNotes(state, at);
      before = at;
      // A slider that is moved speaks for itself.
      if (state.draft === null) put("live", [$("offline").textContent, say(at), $("later").textContent].concat(news).join(" ").trim());
    },

    // Between states, by the clock: seconds for the eye, one sentence for the ear.
    tick(state, now) {
      const ms = left(state, now);
      $("timer").hidden = ms === null;
      if (ms === null) return;
      put("left", clockText(ms));
      put("left_name", say("left"));
      if (Math.ceil(ms / 1000) === 10) put("live", say("ten"));
    },
  };
}
