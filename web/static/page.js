// What plain HTML cannot: answers as they come, sources beside them, copying, dropped files, Telegram's login.
"use strict";
const $ = (selector, within = document) => within.querySelector(selector);
const beside = $("#beside");

// ---- an answer as it comes: events of a POST, which EventSource cannot read
async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let kept = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    kept += value;
    for (let end; (end = kept.indexOf("\n\n")) >= 0; kept = kept.slice(end + 2)) {
      const [, name, data] = /^event: (\w+)\ndata: (.*)$/s.exec(kept.slice(0, end)) || [];
      if (name) yield [name, JSON.parse(data)];
    }
  }
}

function element(tag, className, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

async function ask(form, question) {
  const main = $("form.ask"), stop = $(".stop", main), problem = $("#problem");
  const turn = element("article", "turn"), answer = element("div", "answer");
  const status = element("p", "waiting"), text = element("div", "text");
  status.setAttribute("role", "status");
  answer.append(text, status);
  turn.append(element("h2", "question", question), answer);
  $("#turns").append(turn);
  turn.scrollIntoView({ block: "start" });
  problem.hidden = true;
  const controller = new AbortController();
  stop.onclick = () => controller.abort();
  stop.hidden = false;
  const body = new URLSearchParams({ question, csrf: document.body.dataset.csrf });
  const failed = (said) => {
    problem.textContent = said;
    problem.hidden = false;
    if (!text.textContent) turn.remove();
    if (!$("#question").value) $("#question").value = question;
  };
  try {
    const headers = { accept: "text/event-stream", "hx-request": "true" };
    const response = await fetch("/ask", { method: "POST", body, headers, signal: controller.signal });
    if (!response.ok) return failed(await response.text());
    for await (const [name, data] of events(response)) {
      if (name === "status") status.textContent = data.text;
      else if (name === "partial") text.innerHTML = data.html;
      else if (name === "problem") failed(data.text);
      else {
        answer.innerHTML = data.html;
        htmx.process(answer);
      }
    }
  } catch (error) {
    failed(controller.signal.aborted ? main.dataset.stopped : String(error.message || error));
  } finally {
    stop.hidden = true;
    status.remove();
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target, button = event.submitter;
  if (!form.matches("form[data-stream]") || (button && button.hasAttribute("formaction"))) return;
  event.preventDefault();
  const field = $("#question", form);
  const question = (button && button.name === "question" ? button.value : field ? field.value : "").trim();
  if (!question) return;
  if (field) field.value = "";
  ask(form, question);
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target.id === "question") {
    event.preventDefault();
    event.target.form.requestSubmit($("button.main", event.target.form));
  }
  if (event.key === "Escape") close();
});

// ---- a source opens beside the answer
let opener = null;
function close() {
  if (!beside || beside.hidden) return;
  beside.hidden = true;
  beside.replaceChildren();
  if (opener) opener.focus();
}

async function open(link) {
  const url = new URL(link.href);
  const response = await fetch(url.pathname + url.search, { headers: { "hx-request": "true" } });
  if (!response.ok) return void location.assign(link.href);
  opener = link;
  beside.innerHTML = await response.text();
  beside.hidden = false;
  const here = $("#here", beside);
  if (here) here.scrollIntoView({ block: "center" });
  $("[data-close]", beside).focus({ preventScroll: true });
}

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-beside]"), copy = event.target.closest("button[data-copy]");
  if (event.target.closest("[data-close]")) close();
  else if (link && beside && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
    event.preventDefault();
    open(link);
  } else if (copy) {
    const from = document.getElementById(copy.dataset.copy);
    const said = "value" in from ? from.value : from.textContent;
    try {
      await navigator.clipboard.writeText(said);
    } catch {
      from.select ? from.select() : getSelection().selectAllChildren(from);
      document.execCommand("copy");
    }
    const before = copy.textContent;
    copy.textContent = document.body.dataset.copied;
    setTimeout(() => (copy.textContent = before), 1500);
  }
});

document.addEventListener("click", (event) => {
  const tab = event.target.closest(".tabs button");
  if (tab) for (const one of tab.parentElement.children) one.setAttribute("aria-pressed", one === tab);
});

// ---- files dropped onto the page
for (const kind of ["dragenter", "dragover", "dragleave", "drop"])
  document.addEventListener(kind, (event) => {
    const zone = $(".drop"), files = event.dataTransfer && event.dataTransfer.files;
    if (!zone || !event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    zone.classList.toggle("over", kind === "dragenter" || kind === "dragover");
    if (kind !== "drop" || !files.length) return;
    $("input[type=file]", zone).files = files;
    $("form", zone).requestSubmit();
  });

// ---- a Mini App logs in by what Telegram put behind the address's #
const telegram = $("#telegram");
const initData = new URLSearchParams(location.hash.slice(1)).get("tgWebAppData");
if (initData) {
  const ready = JSON.stringify({ eventType: "web_app_ready", eventData: {} });
  if (window.TelegramWebviewProxy) window.TelegramWebviewProxy.postEvent("web_app_ready", "{}");
  else if (window.parent !== window) window.parent.postMessage(ready, "https://web.telegram.org");
}
if (telegram && initData) {
  telegram.textContent = telegram.dataset.wait;
  fetch("/login/telegram", { method: "POST", body: new URLSearchParams({ init_data: initData }) }).then((response) => {
    if (response.ok) location.replace("/");
    else telegram.textContent = telegram.dataset.failed;
  });
}
