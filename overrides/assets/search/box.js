// Fills the search dialog. It comes when the dialog is first opened, and with it worker and index.
"use strict";
{
  const dialog = document.getElementById("kb-search");
  const { index, base, loading, failed, none, one, many } = dialog.dataset;
  const input = dialog.querySelector("input");
  const status = dialog.querySelector("[role=status]");
  const results = dialog.querySelector("ol");
  const start = status.textContent;
  const [QUERY, RESULT] = [2, 3];

  const at = new URL("worker.js", document.currentScript.src);
  at.search = encodeURIComponent(new URL(index, location.href));
  const worker = new Worker(at);
  const home = new URL(base, location.href);

  let asked = "";
  const ask = () => {
    const query = input.value.trim();
    if (query === asked) return;
    asked = query;
    if (query) status.textContent ||= loading;
    else clear(start);
    if (query) {
      if (!results.childElementCount) status.textContent = loading;
      worker.postMessage({ type: QUERY, data: query });
    }
  };
  const clear = (told) => {
    status.textContent = told;
    results.replaceChildren();
  };

  worker.onmessage = ({ data: { type, data } }) => {
    if (type !== RESULT || !asked) return;
    if (data.failed) clear(failed);
    else if (!data.items.length) clear(none);
    else {
      status.textContent = data.items.length === 1 ? one : many.replace("{}", data.items.length);
      results.replaceChildren(...data.items.map(item));
    }
  };

  /** A page and its sections: titles and texts come as HTML whose only tag is <mark>. */
  const item = (sections) => {
    const li = document.createElement("li");
    const page = sections.find(({ location }) => !location.includes("#")) ?? sections[0];
    li.append(...[page, ...sections.filter((section) => section !== page)].map(link));
    return li;
  };
  const link = ({ location, title, text }, position) => {
    const a = document.createElement("a");
    a.href = new URL(location, home);
    if (position) a.className = "kb-search__section";
    a.append(marked("strong", title));
    if (text) a.append(marked("span", text));
    return a;
  };
  const marked = (tag, html) => {
    const element = document.createElement(tag);
    const { body } = new DOMParser().parseFromString(html, "text/html");
    element.append(...body.childNodes);
    return element;
  };

  input.addEventListener("input", (event) => event.isComposing || ask());
  input.addEventListener("compositionend", ask);
  dialog.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    results.querySelector("a")?.click();
  });
  // Arrow keys walk from the field through the results and back.
  dialog.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const stops = [input, ...results.querySelectorAll("a")];
    const next = stops[stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1)];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
  results.addEventListener("click", ({ target }) => {
    const found = target.closest("a");
    if (!found) return;
    const words = new Set([...found.querySelectorAll("mark")].map((mark) => mark.textContent.toLowerCase()));
    try {
      sessionStorage.setItem("kb.found", JSON.stringify([...words])); // the page it leads to marks them
    } catch { /* storage may be switched off */ }
    dialog.close(); // a result of this very page only moves it
  });
  ask();
}
