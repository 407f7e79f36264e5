// A host made of mcp-ui's React component, which shows an app through a proxy page.
import { createElement } from "react";
import { createRoot } from "react-dom/client";
import { AppRenderer } from "@mcp-ui/client";

const rpc = async (method, params) => {
  const answer = await fetch("/rpc", { method: "POST", body: JSON.stringify({ method, params }) });
  return answer.json();
};

console.debug = console.log = () => {}; // both tell of every message
window.heard = [];
window.calls = [];
window.open = async ({ tool, input, context, proxy }) => {
  const { contents: [page] } = await rpc("resources/read", { uri: "ui://whoop/dashboard" });
  const toolResult = await rpc("tools/call", { name: tool, arguments: input });
  const place = document.createElement("div");
  document.body.append(place);
  createRoot(place).render(createElement(AppRenderer, {
    toolName: tool,
    sandbox: { url: new URL(proxy) },
    html: page.text,
    toolInput: input,
    toolResult,
    hostContext: context,
    hostCapabilities: { serverTools: {} },
    onCallTool: params => {
      window.calls.push(params);
      return rpc("tools/call", params);
    },
    onSizeChanged: params =>
      window.heard.push({ method: "ui/notifications/size-changed", params }),
    onError: error => console.error(`mcp-ui: ${error}`),
  }));
};
