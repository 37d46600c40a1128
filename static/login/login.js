// The sign-in page: name and password, or a one-time link (/login#<token>) that sets a password.

import { html, render, useEffect, useRef, useState } from "../shared/ui.js";
import { api } from "../shared/api.js";
import { lang, setLang, words } from "../shared/words.js";
import { home, nextPath, passwordProblem, refusalPlace, PASSWORD_MIN } from "./form.js";

const t = words({
  sign_in: { zh: "登录", en: "Sign in" },
  claim: { zh: "启用账号", en: "Claim your account" },
  claim_say: {
    zh: "这是一次性链接。设定密码后即登录，链接随之失效。",
    en: "This is a one-time link. Choose a password; you are signed in and the link ends.",
  },
  for_staff: {
    zh: "供节目工作人员使用。观众和席位代表不需要账号。",
    en: "For the staff of the programme. Viewers and studio seats need no account.",
  },
  name: { zh: "账号", en: "Name" },
  password: { zh: "密码", en: "Password" },
  new_password: { zh: "新密码", en: "New password" },
  again: { zh: "再输入一次", en: "The same again" },
  rule: { zh: "至少 {min} 个字符，一句话最好记。", en: "At least {min} characters; a sentence is easy to keep." },
  show: { zh: "显示密码", en: "Show the password" },
  go: { zh: "登录", en: "Sign in" },
  go_claim: { zh: "设定密码并登录", en: "Set the password and sign in" },
  waiting: { zh: "请稍候…", en: "One moment…" },
  language: { zh: "English", en: "中文" },
  insecure: { zh: "此连接未加密", en: "This connection is not encrypted" },
  insecure_say: {
    zh: "在演播室自己的网络里可以使用；请不要用您在别处用过的密码。",
    en: "That is usable on the studio's own network. Do not use a password that you use elsewhere.",
  },
  already: { zh: "已登录：{name}", en: "Signed in as {name}" },
  continue: { zh: "继续", en: "Continue" },
  logout: { zh: "换一个账号", en: "Use another account" },
  name_missing: { zh: "请输入账号。", en: "Enter your name." },
  password_missing: { zh: "请输入密码。", en: "Enter your password." },
  short: { zh: "密码至少要 {min} 个字符。", en: "A password has at least {min} characters." },
  differs: { zh: "两次输入的密码不一样。", en: "The two passwords are not the same." },
  wrong: { zh: "账号或密码不对。", en: "The name or the password is wrong." },
  busy: { zh: "尝试太频繁，请过一分钟再试。", en: "Too many tries. Wait a minute, then try again." },
  offline: { zh: "服务器没有应答。请检查网络后再试。", en: "The server did not answer. Check the network and try again." },
  store_down: { zh: "服务器暂时不能登录，请稍后再试。", en: "The server cannot sign you in just now. Try again in a moment." },
  link: {
    zh: "这个链接已经用过或已过期。请向管理员要一个新链接。",
    en: "This link was used or has run out. Ask the owner for a new one.",
  },
  other: { zh: "没有成功：{message}", en: "That did not work: {message}" },
});

const token = location.hash.slice(1);
const next = nextPath(location.search, location.origin);
const leave = (account) => location.replace(next || home(account.roles));

function Page() {
  const [spoken, setSpoken] = useState(lang());
  const [session, setSession] = useState(null);
  useEffect(() => {
    api("GET", "/api/session").then(setSession, () => setSession({ account: null, secure: true }));
  }, []);
  useEffect(() => {
    document.title = `${token ? t("claim") : t("sign_in")} · livevote`;
  }, [spoken]);

  function switchLang() {
    setLang(spoken === "zh" ? "en" : "zh");
    setSpoken(lang());
  }

  const account = session && session.account;
  return html`
    <header>
      <h1>${token ? t("claim") : t("sign_in")}</h1>
      <button type="button" class="plain" lang=${spoken === "zh" ? "en" : "zh-CN"} onClick=${switchLang}>${t("language")}</button>
    </header>
    <p class="quiet">${token ? t("claim_say") : t("for_staff")}</p>
    ${session && !session.secure && html`<p class="calm"><strong>${t("insecure")}</strong> ${t("insecure_say")}</p>`}
    ${account && !token
      ? html`<${Already} account=${account} onLeave=${() => setSession({ ...session, account: null })} />`
      : html`<${Form} claiming=${Boolean(token)} />`}
  `;
}

function Already({ account, onLeave }) {
  const logout = () => api("POST", "/api/logout").then(onLeave, onLeave);
  return html`
    <p class="already">${t("already", { name: account.name })}</p>
    <button type="button" class="primary" onClick=${() => leave(account)}>${t("continue")}</button>
    <button type="button" class="second" onClick=${logout}>${t("logout")}</button>
  `;
}

function Form({ claiming }) {
  const [problem, setProblem] = useState(null); // {field, why, message}
  const [busy, setBusy] = useState(false);
  const [shown, setShown] = useState(false);
  const form = useRef(null);

  // The field that is wrong gets the focus; a screen reader then reads its reason.
  useEffect(() => {
    const field = problem && problem.field && form.current.elements[problem.field];
    if (field) field.focus();
  }, [problem]);

  function check({ name, password, again }) {
    if (claiming) return passwordProblem(password, again);
    if (!name.trim()) return { field: "name", why: "name_missing" };
    if (!password) return { field: "password", why: "password_missing" };
    return null;
  }

  async function submit(event) {
    event.preventDefault();
    const typed = Object.fromEntries(new FormData(form.current));
    const wrong = check(typed);
    setProblem(wrong);
    if (wrong) return;
    setBusy(true);
    try {
      leave(await (claiming
        ? api("POST", "/api/claim", { token, password: typed.password })
        : api("POST", "/api/login", { name: typed.name.trim(), password: typed.password })));
    } catch (error) {
      setBusy(false);
      setProblem({ ...refusalPlace(error, claiming), message: error.message });
    }
  }

  const said = (field) => problem && problem.field === field
    ? t(problem.why, { min: PASSWORD_MIN, message: problem.message }) : "";
  const type = shown ? "text" : "password";
  return html`
    <form ref=${form} onSubmit=${submit} novalidate>
      ${!claiming && html`
        <${Field} id="name" label=${t("name")} said=${said("name")} autocomplete="username" autocapitalize="none" spellcheck=${false} />`}
      <${Field} id="password" label=${t(claiming ? "new_password" : "password")} said=${said("password")} type=${type}
        hint=${claiming ? t("rule", { min: PASSWORD_MIN }) : ""} autocomplete=${claiming ? "new-password" : "current-password"} />
      ${claiming && html`
        <${Field} id="again" label=${t("again")} said=${said("again")} type=${type} autocomplete="new-password" />`}
      <label class="check"><input type="checkbox" checked=${shown} onChange=${(e) => setShown(e.target.checked)} /> ${t("show")}</label>
      <p class="wrong" role="alert">${said("")}</p>
      <button class="primary" disabled=${busy}>${busy ? t("waiting") : t(claiming ? "go_claim" : "go")}</button>
    </form>
  `;
}

function Field({ id, label, said, hint, ...input }) {
  const notes = [hint && `${id}-hint`, said && `${id}-wrong`].filter(Boolean).join(" ");
  return html`
    <div class="field">
      <label for=${id}>${label}</label>
      <input id=${id} name=${id} aria-invalid=${said ? "true" : undefined} aria-describedby=${notes || undefined} ...${input} />
      ${hint && html`<p id=${`${id}-hint`} class="quiet">${hint}</p>`}
      ${said && html`<p id=${`${id}-wrong`} class="wrong"><span aria-hidden="true">▲</span> ${said}</p>`}
    </div>
  `;
}

// Another one-time link opened in the same tab changes nothing but the fragment.
addEventListener("hashchange", () => location.reload());
setLang(lang());
render(html`<${Page} />`, document.getElementById("page"));
