/* "Ask this channel" on a site: a button that opens a frame of the server this script comes from.
   <script src="https://…/widget/widget.js" data-title="Ask my channel" data-lang="en" async></script> */
(() => {
  "use strict";
  const script = document.currentScript;
  if (!script || document.querySelector("konspekt-widget")) return;
  const server = new URL(script.src).origin;
  const russian = (script.dataset.lang || document.documentElement.lang || navigator.language).toLowerCase().startsWith("ru");
  const title = script.dataset.title || (russian ? "Спросить канал" : "Ask this channel");

  const host = document.createElement("konspekt-widget");
  const root = host.attachShadow({ mode: "open" }); // the site's styles stay out
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = title;
  button.setAttribute("aria-expanded", "false");
  Object.assign(button.style, {
    position: "fixed", right: "16px", bottom: "16px", zIndex: "2147483646", padding: "12px 18px", border: "0",
    borderRadius: "24px", font: "600 16px/1.2 system-ui, sans-serif", color: "#fff", background: "#1b5e9b",
    cursor: "pointer", boxShadow: "0 2px 10px rgba(0,0,0,.3)",
  });
  root.append(button);

  let frame = null;
  const open = () => {
    if (!frame) {
      frame = document.createElement("iframe");
      const address = new URL("/widget/frame", server);
      address.searchParams.set("site", location.origin);
      address.searchParams.set("lang", russian ? "ru" : "en");
      frame.src = address.href;
      frame.title = title;
      frame.setAttribute("sandbox", "allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox");
      frame.referrerPolicy = "origin";
      Object.assign(frame.style, {
        position: "fixed", right: "16px", bottom: "76px", zIndex: "2147483647", border: "1px solid #8888", borderRadius: "12px",
        width: "min(400px, calc(100vw - 32px))", height: "min(560px, calc(100vh - 100px))", background: "#fff",
        boxShadow: "0 4px 24px rgba(0,0,0,.3)",
      });
      root.append(frame);
    }
    frame.hidden = false;
    frame.style.display = "block";
    button.setAttribute("aria-expanded", "true");
  };
  const close = () => {
    if (frame) frame.style.display = "none";
    button.setAttribute("aria-expanded", "false");
    button.focus();
  };
  button.addEventListener("click", () => (button.getAttribute("aria-expanded") === "true" ? close() : open()));
  addEventListener("message", (event) => {
    if (event.origin !== server || !frame || event.source !== frame.contentWindow) return; // nobody else closes it
    if (event.data === "konspekt:close") close();
  });
  const place = () => document.body.append(host);
  if (document.body) place(); else addEventListener("DOMContentLoaded", place);
})();
