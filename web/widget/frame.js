/* Inside the frame: asks, shows the answer as it comes, and its sources. All text goes in as text, never as markup. */
(() => {
  "use strict";
  const { pass, site } = document.body.dataset;
  const form = document.querySelector("form");
  const field = document.querySelector("textarea");
  const talk = document.querySelector("#talk");
  const words = document.querySelector("#words").dataset;
  const history = [];
  const MOST_CITED = 20; // documents of one answer that are sent along with the next question
  let asking = null;

  const add = (tag, className, text, parent = talk) => {
    const element = document.createElement(tag);
    element.className = className;
    element.textContent = text;
    parent.append(element);
    return element;
  };

  const showSources = (answer, box) => {
    if (!answer.citations.length) return;
    const list = add("ol", "sources", "", box);
    for (const source of answer.citations) {
      const item = add("li", "", "", list);
      item.value = source.n;
      const title = source.title + (source.published_at ? ", " + source.published_at.slice(0, 10) : "");
      if (/^https?:\/\//i.test(source.url || "")) {
        const link = add("a", "", title, item);
        link.href = source.url;
        link.target = "_blank";
        link.rel = "noopener noreferrer";
      } else add("span", "", title, item);
      add("q", "", source.quote, item);
    }
  };

  const handle = (name, data, box, text) => {
    if (name === "status") text.textContent = words[data.step] || words.searching;
    if (name === "partial") text.textContent = data.text;
    if (name === "error") text.textContent = data.message;
    if (name !== "answer") return;
    text.textContent = data.answer;
    if (data.notice) add("p", "notice", data.notice, box);
    showSources(data, box);
    const cited = data.citations.slice(0, MOST_CITED).map((source) => source.document_id);
    history.push({ role: "user", text: data.question }, { role: "assistant", text: data.answer, cited });
    history.splice(0, history.length - 8);
  };

  const read = async (response, box, text) => {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let buffer = ""; ;) {
      const { done, value } = await reader.read();
      if (done) return;
      buffer += value;
      const events = buffer.split("\n\n");
      buffer = events.pop();
      for (const event of events) {
        const name = /^event: (.*)$/m.exec(event);
        const data = /^data: (.*)$/m.exec(event);
        if (name && data) handle(name[1], JSON.parse(data[1]), box, text);
      }
      box.scrollIntoView({ block: "end" });
    }
  };

  const ask = async (question) => {
    if (asking) asking.abort();
    asking = new AbortController();
    add("p", "question", question);
    const box = add("div", "answer", "");
    const text = add("p", "text", words.searching, box);
    talk.setAttribute("aria-busy", "true");
    try {
      const response = await fetch("/widget/ask", {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-Konspekt-Widget": pass, "Accept-Language": document.documentElement.lang },
        body: JSON.stringify({ question, history }),
        signal: asking.signal,
      });
      if (response.ok) await read(response, box, text);
      else text.textContent = (await response.json()).error.message;
    } catch (error) {
      if (error.name !== "AbortError") text.textContent = words.failed;
    }
    talk.setAttribute("aria-busy", "false");
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const question = field.value.trim();
    if (!question) return;
    field.value = "";
    ask(question);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  const close = () => parent.postMessage("konspekt:close", site); // to the site that was let in, to no other
  document.querySelector("#close").addEventListener("click", close);
  addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
  field.focus();
})();
