"""The few lines by which the page, shown as an MCP App, greets its host, takes its theme and says
how high it is. They read nothing of the page and ask for nothing else."""

from __future__ import annotations

import base64
import hashlib
import json

PROTOCOL = "2026-01-26"
"""The revision of the MCP Apps extension that these lines speak."""

OTHER_PERIOD = "other-period"
"""The id of the words that are shown when the tool was asked for another period than the page's."""

_SCRIPT = """
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
"""


def script(version: str, days: int) -> str:
    """The lines, for a page that shows so many days up to now."""
    hello = {
        "protocolVersion": PROTOCOL,
        "appInfo": {"name": "whoop-mcp", "version": version},
        "appCapabilities": {"availableDisplayModes": ["inline", "fullscreen"]},
    }
    lines = _SCRIPT.replace("OTHER", OTHER_PERIOD).replace("DAYS", str(days))
    return lines.replace("HELLO", json.dumps(hello))


def source(script: str) -> str:
    """The source expression by which a content security policy allows these lines alone."""
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
