(() => {
  const page = document.documentElement;
  const send = message => parent.postMessage({ jsonrpc: "2.0", ...message }, "*");
  const theme = context => {
    if (context && context.theme) page.dataset.theme = context.theme;
  };
  let height = 0;
  const measure = () => {
    const now = Math.ceil(page.getBoundingClientRect().height);
    if (now === height) return;
    height = now;
    send({ method: "ui/notifications/size-changed", params: { width: innerWidth, height } });
  };
  addEventListener("message", ({ source, data }) => {
    if (source !== parent || !data || data.jsonrpc !== "2.0") return;
    if (data.id === 1 && data.result) {
      theme(data.result.hostContext);
      send({ method: "ui/notifications/initialized" });
      new ResizeObserver(measure).observe(page);
    } else if (data.method === "ui/notifications/host-context-changed") {
      theme(data.params);
    } else if (data.method === "ui/notifications/tool-input") {
      const { days, end } = data.params.arguments || {};
      const other = document.getElementById("OTHER");
      if (other) other.hidden = !end && (days || DAYS) === DAYS;
    } else if (data.method === "ui/resource-teardown" || data.method === "ping") {
      send({ id: data.id, result: {} });
    }
  });
  send({ id: 1, method: "ui/initialize", params: HELLO });
})();
