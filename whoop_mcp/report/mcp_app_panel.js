// What is drawn of an answer: a day, an experiment. All text is set as text, never as markup.

const element = (name, given = {}, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(given)) {
    if (key.startsWith("aria-")) made.setAttribute(key, value);
    else made[key] = value;
  }
  made.append(...children.filter(child => child !== null && child !== undefined));
  return made;
};

const number = (value, digits = 0) =>
  new Intl.NumberFormat(locale(), { maximumFractionDigits: digits }).format(value);

const duration = seconds => {
  const minutes = Math.round(seconds / 60);
  return `${number(Math.floor(minutes / 60))} h ${String(minutes % 60).padStart(2, "0")} min`;
};

/** A date or a wearer's wall-clock time, as the reader writes it; the zone is the wearer's own. */
const when = (text, form) =>
  new Intl.DateTimeFormat(locale(), { timeZone: "UTC", ...form })
    .format(new Date(`${text.slice(0, 19)}${text.length > 10 ? "Z" : ""}`));
const dateWords = text => when(text, { dateStyle: "full" });
const clock = text => when(text, { timeStyle: "short" });
const fromTo = one =>
  one.start_local && one.end_local ? `${clock(one.start_local)} – ${clock(one.end_local)}` : null;

/** A list of names and values; what has no value is left out. */
const facts = pairs => element("dl", { className: "app-facts" }, ...pairs
  .filter(([, value]) => value !== null && value !== undefined)
  .map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))));

const some = (value, write) => (value === null || value === undefined ? null : write(value));
const unit = (value, name, digits = 0) => some(value, one => `${number(one, digits)} ${name}`);

const WHY = {
  PENDING_SCORE: "WHOOP has not scored it yet.",
  UNSCORABLE: "WHOOP could not score it.",
};

/** A part of a day under its heading: what it holds, or why it holds nothing, by the server's own
 *  reason where it gives one. */
const part = (title, record, pairs, none, why) => element("div", { className: "app-part" },
  element("h3", {}, title),
  record && record.score_state === "SCORED"
    ? facts(pairs(record))
    : element("p", { className: "says" }, why?.text ?? WHY[record?.score_state] ?? none));

const recovery = one => [
  ["Recovery", unit(one.recovery_score, "%")],
  ["HRV", unit(one.hrv_rmssd_ms, "ms")],
  ["Resting heart rate", unit(one.resting_heart_rate_bpm, "bpm")],
  ["Blood oxygen", unit(one.spo2_pct, "%", 1)],
  ["Skin temperature", unit(one.skin_temp_c, "°C", 1)],
];
const sleep = one => [
  ["Asleep", some(one.asleep_seconds, duration)],
  ["In bed", fromTo(one)],
  ["Deep", some(one.deep_sleep_seconds, duration)],
  ["REM", some(one.rem_sleep_seconds, duration)],
  ["Performance", unit(one.sleep_performance_pct, "%")],
];
const strain = one => [
  ["Strain", unit(one.strain, "of 21", 1)],
  ["Energy", unit(one.calories, "kcal")],
  ["Steps", some(one.step_count, number)],
];
const session = one => [
  ["When", fromTo(one)],
  ["Asleep", some(one.asleep_seconds, duration)],
  ["Strain", unit(one.strain, "of 21", 1)],
  ["Energy", unit(one.calories, "kcal")],
  ["Mean heart rate", unit(one.avg_hr_bpm, "bpm")],
  ["Distance", some(one.distance_meter || null, metres => unit(metres / 1000, "km", 2))],
];

/** A daily summary: last night first, then what the day brought. */
const dayParts = answer => [
  ...(answer.complete === false
    ? ["Not all of this day is here: what is missing is unknown, not zero."] : []),
  ...(answer.warnings ?? []),
].map(words => element("p", { className: "notice" }, words)).concat([
  element("div", { className: "app-parts" },
    part("Recovery", answer.recovery, recovery, "There is no recovery of this day.",
      answer.why_missing?.recovery),
    part("Sleep", answer.sleep, sleep, "There is no sleep of this day.",
      answer.why_missing?.sleep),
    part("Day strain", answer.cycle, strain, "There is no strain of this day.",
      answer.why_missing?.cycle),
    ...(answer.naps ?? []).map(one => part("Nap", one, session, "It has no figures.")),
    ...(answer.workouts ?? []).map(one => part(
      element("bdi", {}, one.sport_name ?? "Workout"), one, session, "It has no figures."))),
]);

const EXPERIMENT = {
  plan: "A planned experiment",
  start: "The experiment is registered",
  today: "Today’s lot",
  status: "Experiments",
  result: "What the experiment showed",
  end: "The experiment was ended",
};

/** An answer in its own words, which say what may be told and what not. */
const sentences = answer =>
  (answer.summary ?? []).map(words => element("p", { className: "app-words" }, words));

/** The dates that an experiment is about, its last morning too; null where it has none yet. */
const experimentDates = answer => {
  const plan = answer.plan ?? (answer.experiments ?? []).find(one => one.first);
  return answer.action !== "plan" && plan?.first && plan.last_morning
    ? { first: plan.first, last: plan.last_morning } : null;
};
