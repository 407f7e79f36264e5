// The page itself: which period it shows, its controls, and what the host was asked.

const whole = document.querySelector(".page"); // header, main part and footer
const panel = byId("app-panel");
const ONE_SCREEN = 680; // pixels: the most that is taken inline
const LEAST = 120; // pixels that what scrolls has at least
const YEAR = 364; // days, so that weekdays stay beside their like
const state = { days: 0, first: null, last: null, latest: null, beside: null };
let asking = 0; // the newest question for a period; what answers an older one is dropped
let opening = 0; // the same of a day
let goal = null; // the period that was chosen and is not there yet: the next press goes on from it
let aim = null; // the same of a day
let wanted = {}; // what the tool was asked for that this app is shown beside
let showing = null; // the last change of the period, which ends when it is shown
let opener = null; // what had the focus before a panel was opened

const moved = (date, days) => {
  const then = new Date(`${date}T00:00:00Z`);
  then.setUTCDate(then.getUTCDate() + days);
  return then.toISOString().slice(0, 10);
};
const between = (first, last) => (Date.parse(last) - Date.parse(first)) / 86_400_000 + 1;

/** Say something to eye and ear, or to the ear alone. */
const say = (words, { hint = null, bad = false, unseen = false } = {}) => {
  const said = byId("app-said");
  said.className = bad ? "notice" : unseen ? "unseen" : "app-busy";
  said.replaceChildren(words, ...(hint ? [element("span", {}, ` ${hint}`)] : []));
  fit();
};
const complain = problem => say(problem.message ?? "Something went wrong.", {
  hint: problem.hint, bad: true,
});

// ── one screen, or all ──

/** Keep to one screen inline: leave out what is least, step by step; what is still too high
 *  scrolls. */
const fit = () => {
  const { maxHeight, height: fixed } = host.context.containerDimensions ?? {};
  const limit = fixed ?? Math.min(ONE_SCREEN, maxHeight ?? ONE_SCREEN);
  const steps = ["tight-1", "tight-2", "tight-3", "tight-4", "tight-5", "tight-scroll"];
  const high = one => one.getBoundingClientRect().height;
  page.classList.remove(...steps);
  whole.removeAttribute("tabindex");
  if (page.dataset.mode !== "inline" || "open" in page.dataset) return;
  for (const step of steps) {
    if (high(page) <= limit) return;
    const shown = panel.hidden ? whole : panel;
    const around = high(page) - high(shown);
    page.style.setProperty("--left", `${Math.max(LEAST, Math.floor(limit - around))}px`);
    page.classList.add(step);
  }
  whole.tabIndex = 0; // what scrolls can be reached by keyboard
};

const openAll = async () => {
  const button = byId("app-all");
  if ("open" in page.dataset) {
    delete page.dataset.open;
  } else if (host.context.availableDisplayModes?.includes("fullscreen")) {
    try {
      const { mode } = await request("ui/request-display-mode", { mode: "fullscreen" });
      takeContext({ displayMode: mode });
    } catch {
      // then it grows where it is
    }
    if (page.dataset.mode !== "fullscreen") page.dataset.open = "";
  } else {
    page.dataset.open = "";
  }
  const open = "open" in page.dataset;
  button.setAttribute("aria-expanded", open);
  button.textContent = open ? "Show less" : "Open all";
  fit();
};

// ── the period ──

/** Read from the page which dates it shows. */
const readPage = () => {
  const { first, last } = byId("week")?.dataset ?? {};
  if (!first) return;
  Object.assign(state, { first, last, days: between(first, last) });
  if (!state.latest || last > state.latest) state.latest = last;
  for (const button of byId("app-days").children) {
    const chosen = Number(button.dataset.days) === state.days;
    button.setAttribute("aria-pressed", chosen);
    button.tabIndex = chosen ? 0 : -1;
  }
  const group = byId("app-days");
  if (!group.querySelector("[tabindex='0']")) group.firstElementChild.tabIndex = 0;
  for (const button of byId("app-beside").children) {
    button.setAttribute("aria-pressed", button.dataset.beside === state.beside);
  }
  byId("app-later").disabled = state.last >= state.latest;
  byId("app-date").max = state.latest;
  byId("app-bar").hidden = !host.can.serverTools;
  byId("app-more").hidden = false;
};

/** Make the dates that are named in sentences open their day. */
const linkDays = () => {
  if (!host.can.serverTools) return;
  for (const time of whole.querySelectorAll("li time[datetime], p time[datetime]")) {
    if (time.closest("button")) continue;
    const button = element("button", { type: "button", className: "app-day" });
    button.dataset.date = time.dateTime;
    time.replaceWith(button);
    button.append(time);
  }
};

/** Put an error about a period into the words of the buttons. */
const inWords = ({ message, hint }, { against }) => {
  if (!against || !message?.startsWith("The period ")) return { message, hint };
  return { message, hint: "Choose later days, or ask in the chat for a sync of earlier ones." };
};

/** Ask the server for another period and put it into the page's place. */
const load = async given => {
  const mine = ++asking;
  const over = ++opening; // a day that is opened from now on stays over the page
  aim = null;
  goal = given.first ? given : null;
  const days = given.days ?? 30;
  const asked = { days };
  if (given.end) asked.end = given.end;
  if (given.against) asked.against = given.against;
  whole.setAttribute("aria-busy", "true");
  say(`Loading ${number(days)} days…`);
  try {
    const { html } = await callTool("whoop_dashboard", asked);
    if (mine !== asking) return;
    const made = new DOMParser().parseFromString(html, "text/html");
    whole.replaceChildren(...made.body.childNodes);
    state.beside = given.beside ?? null;
    readPage();
    linkDays();
    if (over !== opening) return fit();
    closePanel();
    say(`${whole.querySelector("h1")?.textContent ?? "The period"} is shown.`, { unseen: true });
  } catch (problem) {
    if (mine === asking) complain(inWords(problem, given));
  } finally {
    if (mine === asking) {
      whole.removeAttribute("aria-busy");
      goal = null;
    }
  }
};

const show = given => (showing = load(given));

/** The period that the next press starts from. */
const chosen = () => goal ?? state;

/** Show so many days up to a last one, beside what was chosen. */
const goTo = (days, last, beside = chosen().beside) => {
  const end = last >= state.latest ? null : moved(last, 1);
  const until = end ? last : state.latest;
  const first = moved(until, 1 - days);
  const back = { before: days, year: Math.max(YEAR, days) }[beside];
  const against = back ? `${moved(first, -back)}..${moved(until, -back)}` : null;
  return show({ days, first, last: until, end, against, beside: beside ?? null });
};

// ── a panel over the page ──

const openPanel = (title, parts, buttons) => {
  if (panel.hidden) opener = document.activeElement;
  const close = element("button", { type: "button", onclick: () => closePanel() }, "Close");
  panel.replaceChildren(
    element("h2", { id: "app-title", tabIndex: -1 }, title),
    element("div", { className: "app-set" }, ...buttons, close),
    ...parts);
  panel.hidden = false;
  page.dataset.panel = "";
  fit();
  // What came unasked must not take the focus out of the chat.
  if (document.hasFocus()) byId("app-title").focus();
};

const closePanel = () => {
  if (panel.hidden) return;
  panel.hidden = true;
  delete page.dataset.panel;
  fit();
  const back = opener?.isConnected && opener !== document.body
    ? opener : byId("app-days").querySelector("[tabindex='0']");
  back?.focus();
};

const drawDay = answer => {
  const step = (words, days) => element("button", {
    type: "button",
    disabled: days > 0 && answer.date >= state.latest,
    onclick: () => {
      const date = moved(aim ?? answer.date, days);
      if (days < 0 || !(date > state.latest)) openDay(date);
    },
  }, words);
  const buttons = host.can.serverTools ? [step("Day before", -1), step("Day after", 1)] : [];
  openPanel(element("span", { lang: locale() }, dateWords(answer.date)), dayParts(answer), buttons);
};

const openDay = async date => {
  const mine = ++opening;
  const words = `Loading ${dateWords(date)}…`;
  aim = date;
  say(words);
  try {
    const answer = await callTool("get_whoop_daily_summary", { date });
    if (mine !== opening) return;
    // A complaint that came meanwhile is left to be read.
    if (byId("app-said").textContent === words) say("", { unseen: true });
    drawDay(answer);
  } catch (problem) {
    if (mine === opening) complain(problem);
  } finally {
    if (mine === opening) aim = null;
  }
};

const drawExperiment = answer => {
  const dates = host.can.serverTools ? experimentDates(answer) : null;
  const buttons = dates === null ? [] : [element("button", {
    type: "button",
    onclick: () => {
      const last = dates.last < state.latest ? dates.last : state.latest;
      if (dates.first <= last) goTo(between(dates.first, last), last, null);
    },
  }, "Show its days")];
  openPanel(EXPERIMENT[answer.action] ?? "Experiment", sentences(answer), buttons);
};

// ── what the host was asked, and what came of it ──

/** Show the period that a tool was asked for; where that cannot be, say which one this is. */
heard["ui/notifications/tool-input"] = params => {
  const given = params.arguments ?? {};
  if (given.action || given.a_start || given.date) return; // its answer says what to show
  const { days, end, compare: against } = given;
  wanted = { days: Number(days ?? 30), end, against };
  if (!state.days || (wanted.days === state.days && !end && !against)) return;
  if (host.can.serverTools) show(wanted);
  else byId("other-period").hidden = false;
  fit();
};

heard["ui/notifications/tool-result"] = async result => {
  const answer = objectOf(result);
  const { a, b } = answer.window ?? {};
  await showing;
  if (answer.error) {
    complain(answer.error);
  } else if (result.isError) {
    complain({ message: "The call did not succeed.", hint: textOf(result) });
  } else if (answer.score_states) {
    drawDay(answer);
  } else if (answer.action) {
    drawExperiment(answer);
  } else if (a && b && host.can.serverTools) {
    show({ days: b.days, end: b.end, against: `${a.start}..${moved(a.end, -1)}` });
  } else if (a && b) {
    openPanel("What differs", sentences(answer), []);
  } else if (!state.days && host.can.serverTools) {
    show(wanted);
  } else if (answer.path) {
    say(`The report was written to ${answer.path}.`);
  }
};

heard["ui/notifications/tool-cancelled"] = ({ reason }) =>
  say("The call was cancelled.", { hint: reason, bad: true });

heard["ui/notifications/host-context-changed"] = said => {
  takeContext(said);
  fit();
};

// ── hands ──

const byArrows = event => {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  const all = [...byId("app-days").children];
  const at = all.indexOf(document.activeElement);
  if (!step || at < 0) return;
  event.preventDefault();
  const next = all[(at + step + all.length) % all.length];
  for (const one of all) one.tabIndex = one === next ? 0 : -1;
  next.focus();
};

addEventListener("click", ({ target }) => {
  const { days, beside, date } = target.closest?.("button")?.dataset ?? {};
  const from = chosen();
  if (days) goTo(Number(days), from.last);
  else if (beside) goTo(from.days, from.last, from.beside === beside ? null : beside);
  else if (date) openDay(date);
});
addEventListener("keydown", event => {
  if (event.key === "Escape") closePanel();
});
let width = innerWidth;
addEventListener("resize", () => {
  if (width !== innerWidth) fit();
  width = innerWidth;
});

greet(() => {
  page.dataset.hosted = host.can.serverTools ? "tools" : "";
  readPage();
  linkDays();
  byId("app-all").onclick = openAll;
  byId("app-days").onkeydown = byArrows;
  byId("app-earlier").onclick = () => goTo(chosen().days, moved(chosen().first, -1));
  byId("app-later").onclick = () => goTo(chosen().days, moved(chosen().last, chosen().days));
  const field = byId("app-date");
  byId("app-open").onclick = () => (field.value ? openDay(field.value) : field.focus());
  field.onkeydown = event => {
    if (event.key === "Enter" && field.value) openDay(field.value);
  };
  const again = byId("app-again");
  if (again && host.can.serverTools) {
    again.hidden = false;
    again.onclick = () => show({});
  }
  fit();
});
