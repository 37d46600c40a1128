// How far a date is, in working days, said while it is typed. The server has the calendar.

import { html, useEffect, useState } from "./ui.js";
import { api } from "./api.js";
import { words } from "./words.js";

const t = words({
  ahead: { zh: "= {n} 个工作日后", en: "= in {n} working days" },
  ahead_one: { zh: "= 1 个工作日后", en: "= in 1 working day" },
  today: { zh: "= 今天", en: "= today" },
  gone: { zh: "= 已过 {n} 个工作日", en: "= {n} working days ago" },
  gone_one: { zh: "= 已过 1 个工作日", en: "= 1 working day ago" },
  runs_to: { zh: "遇节假日顺延至 {day}", en: "on a day off; runs to {day}" },
  unknown: { zh: "{year} 年节假日尚未公布，按周一至周五计", en: "holidays of {year} are not published yet; Monday to Friday count" },
});

// {today, workdays, last_day, calendar_known} of a date → what is said of it.
export function workdaysText(due, { today, workdays, last_day, calendar_known }) {
  const many = Math.abs(workdays) === 1 ? "_one" : "";
  const far = last_day === today ? t("today") : t(`${last_day < today ? "gone" : "ahead"}${many}`, { n: Math.abs(workdays) });
  const runs = last_day === due ? "" : t("runs_to", { day: last_day });
  const year = calendar_known ? "" : t("unknown", { year: last_day.slice(0, 4) });
  return [far, runs, year].filter(Boolean).join(" · ");
}

// due: a date as typed, "" for none. Says nothing where the server does not answer: it is a help.
export function Workdays({ due }) {
  const [found, setFound] = useState(null);
  useEffect(() => {
    let late = false; // another date was typed since
    setFound(null);
    if (due) api("GET", `/api/ledger/day?${new URLSearchParams({ day: due })}`).then((told) => late || setFound(told), () => {});
    return () => { late = true; };
  }, [due]);
  return html`<span class="quiet workdays" role="status">${found && workdaysText(due, found)}</span>`;
}
