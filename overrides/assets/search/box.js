// Fills the search dialog. It comes when the dialog is first opened, and with it worker and index.
"use strict";
{
  const dialog = document.getElementById("kb-search");
  const { index, base, loading, failed, none, one, many, first } = dialog.dataset;
  const input = dialog.querySelector("input");
  const status = dialog.querySelector("[role=status]");
  const results = dialog.querySelector("ol");
  const [retry, near, others] = ["retry", "near", "others"].map((part) => dialog.querySelector(`.kb-search__${part}`));
  const start = status.textContent;
  const home = new URL(base, location.href);
  const address = new URL(index, location.href).href;
  const here = document.currentScript.src;

  /** Scripts of the page, one after another: how a site on a disk is read, where there are no workers. */
  const brought = (urls) =>
    Promise.all(urls.map((src) => new Promise((done, fail) => {
      const script = Object.assign(document.createElement("script"), { src, async: false, onload: done });
      script.onerror = () => fail(new Error(src));
      document.head.append(script);
    })));
  const onPage = () => {
    const search = brought([new URL("worker.js", here).href])
      .then(() => new Search(address, brought));
    const answer = (query) => search.then((search) => search.answer(query), () => ({ query, failed: true }));
    return { postMessage: (query) => answer(query).then((data) => listener.onmessage({ data })) };
  };
  const inWorker = () => {
    const at = new URL("worker.js", here);
    at.search = encodeURIComponent(address);
    return new Worker(at);
  };
  const open = () => {
    const made = location.protocol === "file:" ? onPage() : inWorker();
    made.onmessage = ({ data }) => asked && data.query === asked && show(data);
    made.onerror = () => { // the worker itself did not come
      listener = undefined;
      if (asked) show({ failed: true });
    };
    return made;
  };

  let asked = "";
  let listener = open();
  listener.postMessage(""); // fetches what every query needs
  const ask = (again) => {
    const query = input.value.trim();
    if (query === asked && !again) return;
    asked = query;
    if (!query) return tell(start);
    if (!results.childElementCount) tell(loading);
    listener ??= open();
    listener.postMessage(query);
  };
  const tell = (words, items = []) => {
    status.textContent = words;
    results.replaceChildren(...items);
    for (const part of [retry, near, others]) part.hidden = true;
  };
  const show = ({ failed: broken, total, items, nearest }) => {
    tell(broken ? failed : none);
    retry.hidden = !broken;
    if (total) {
      const words = total > items.length ? first : total === 1 ? one : many;
      tell(words.replace("{}", total).replace("{}", items.length), items.map(item));
    } else if (!broken) {
      near.replaceChildren(...nearest.map(suggestion));
      near.hidden = !nearest.length;
      others.hidden = false;
      for (const link of others.querySelectorAll("[data-asked]")) link.search = `?q=${encodeURIComponent(asked)}`;
    }
  };
  const suggestion = (word) => {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "kb-button", textContent: word });
    button.addEventListener("click", () => {
      input.value = word;
      input.focus();
      ask();
    });
    return button;
  };
  retry.addEventListener("click", () => ask(true));

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
  input.addEventListener("compositionend", () => ask());
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
