// The talk with the host: JSON-RPC by messages to the parent window, and its looks.

const page = document.documentElement;
const byId = id => document.getElementById(id);
const host = { can: {}, context: {} };
const heard = {}; // by method: what is done with a notification
const waiting = new Map(); // by id: who waits for an answer
let asked = 0;

const send = message => parent.postMessage({ jsonrpc: "2.0", ...message }, "*");

/** Ask the host, and wait for its result; its error is thrown. */
const request = (method, params) => new Promise((done, failed) => {
  const id = ++asked;
  waiting.set(id, { done, failed });
  send({ id, method, params });
});

/** The words of a result, where it has any. */
const textOf = result => result?.content?.find?.(one => one?.type === "text")?.text;

/** What a tool answered: its object, whichever of both forms the host handed on. */
const objectOf = result => {
  if (result?.structuredContent) return result.structuredContent;
  try {
    return JSON.parse(textOf(result)) ?? {};
  } catch {
    return {};
  }
};

/** Call a tool of the server through the host. Throws an error that has words and a hint. */
const callTool = async (name, given) => {
  let result;
  try {
    result = await request("tools/call", { name, arguments: given });
  } catch (problem) {
    throw { message: "The host did not pass the question on.", hint: problem.message };
  }
  const answer = objectOf(result);
  if (answer.error) throw answer.error;
  if (!result || result.isError) {
    throw { message: "The host did not pass the question on.", hint: textOf(result) };
  }
  return answer;
};

const COLOURS = {
  "--paper": "--color-background-primary",
  "--card": "--color-background-secondary",
  "--ink": "--color-text-primary",
  "--soft": "--color-text-secondary",
  "--rule": "--color-border-primary",
};

/** Take the host's colours, where it gives those that words and their ground need. */
const takeColours = variables => {
  const good = name => CSS.supports("color", variables[name] ?? "");
  const whole = ["--paper", "--card", "--ink", "--soft"].every(name => good(COLOURS[name]));
  for (const [ours, theirs] of Object.entries(COLOURS)) {
    if (whole && good(theirs)) page.style.setProperty(ours, variables[theirs]);
    else page.style.removeProperty(ours);
  }
  const font = variables["--font-sans"];
  if (font && CSS.supports("font-family", font)) page.style.setProperty("--font", font);
};

/** Look as the host says; what it has not said stays as it was. */
const takeContext = said => {
  Object.assign(host.context, said);
  const { theme, styles, safeAreaInsets: safe, displayMode } = host.context;
  if (theme) page.dataset.theme = theme;
  if (styles?.variables) takeColours(styles.variables);
  if (safe) {
    const sides = ["top", "right", "bottom", "left"].map(side => `${Number(safe[side]) || 0}px`);
    document.body.style.padding = sides.join(" ");
  }
  page.dataset.mode = displayMode === "fullscreen" ? "fullscreen" : "inline";
};

/** The reader's own way to write numbers and dates; English where the host names none. */
const locale = () => {
  try {
    return Intl.getCanonicalLocales(host.context.locale)[0] ?? "en";
  } catch {
    return "en";
  }
};

/** Tell the host how high the page is, whenever that changes. */
let height = 0;
const measure = () => {
  const now = Math.ceil(page.getBoundingClientRect().height);
  if (now === height) return;
  height = now;
  send({ method: "ui/notifications/size-changed", params: { width: innerWidth, height } });
};

/** Greet the host, and begin once it has answered. Without a host nothing happens. */
const greet = begin => {
  if (parent === window) return;
  addEventListener("message", ({ source, data }) => {
    if (source !== parent || data?.jsonrpc !== "2.0") return;
    const { id, method, params, result, error } = data;
    if (!method) {
      const one = waiting.get(id);
      waiting.delete(id);
      if (one && error) one.failed(error);
      else if (one) one.done(result);
    } else if (method === "ui/resource-teardown" || method === "ping") {
      send({ id, result: {} });
    } else if (id !== undefined) {
      send({ id, error: { code: -32601, message: "Method not found" } });
    } else {
      heard[method]?.(params ?? {});
    }
  });
  request("ui/initialize", HELLO).then(result => {
    host.can = result.hostCapabilities ?? {};
    takeContext(result.hostContext);
    begin();
    send({ method: "ui/notifications/initialized" });
    new ResizeObserver(measure).observe(page);
  });
};
