// A host made of AppBridge, the reference implementation, around a sandboxed frame.
import { AppBridge, PostMessageTransport } from "@modelcontextprotocol/ext-apps/app-bridge";

const rpc = async (method, params) => {
  const answer = await fetch("/rpc", { method: "POST", body: JSON.stringify({ method, params }) });
  return answer.json();
};

console.debug = console.log = () => {}; // it tells of every message
window.heard = [];
window.calls = [];
window.open = async ({ tool, input, context }) => {
  const { contents: [page] } = await rpc("resources/read", { uri: "ui://whoop/dashboard" });
  const frame = document.createElement("iframe");
  frame.sandbox = "allow-scripts";
  document.body.append(frame);
  const bridge = new AppBridge(null, { name: "bridge", version: "1" }, { serverTools: {} },
    { hostContext: context });
  bridge.oncalltool = params => {
    window.calls.push(params);
    return rpc("tools/call", params);
  };
  bridge.onrequestdisplaymode = async ({ mode }) => ({ mode });
  bridge.onsizechange = ({ height }) => {
    window.heard.push({ method: "ui/notifications/size-changed", params: { height } });
    frame.style.height = `${height}px`;
  };
  bridge.oninitialized = async () => {
    await bridge.sendToolInput({ arguments: input });
    await bridge.sendToolResult(await rpc("tools/call", { name: tool, arguments: input }));
  };
  bridge.onerror = error => console.error(`bridge: ${error}`);
  await bridge.connect(new PostMessageTransport(frame.contentWindow, frame.contentWindow));
  frame.srcdoc = page.text;
};
