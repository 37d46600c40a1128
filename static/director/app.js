// The console as one picture, from the state.

import { html, useState } from "../shared/ui.js";
import { Desk } from "./desk.js";
import { Graphics } from "./graphics.js";
import { Health } from "./health.js";
import { Journal } from "./journal.js";
import { Help } from "./keys.js";
import { Pledge } from "./pledge.js";
import { Rundown } from "./rundown.js";
import { Run } from "./run.js";
import { Seats } from "./seats.js";
import { Top } from "./top.js";
import { Warnings } from "./warnings.js";
import { t } from "./words.js";

// desk: what Desk holds. redraw: after the language changed.
export function App({ desk, redraw }) {
  const [help, setHelp] = useState(false);
  const rehearsal = Boolean(desk.state.view.episode.rehearsal);
  return html`<${Desk.Provider} value=${desk}>
    <div class=${"desk" + (rehearsal ? " is-rehearsal" : "")}>
      ${rehearsal && html`<p class="rehearsal" role="status"><b>${t("rehearsal")}</b> <span>${t("rehearsal_say")}</span></p>`}
      <${Top} help=${help} toggleHelp=${() => setHelp(!help)} redraw=${redraw} />
      <${Warnings} />
      <main>
        <div class="column column-left"><${Rundown} /><${Journal} /></div>
        <div class="column column-run"><${Run} /><${Pledge} /><${Seats} /></div>
        <div class="column column-air"><${Graphics} /></div>
      </main>
      <${Health} />
      ${help && html`<${Help} leave=${() => setHelp(false)} />`}
    </div>
  <//>`;
}
