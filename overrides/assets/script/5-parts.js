// Parts of single pages: samples and pages to copy, steps to tick off, the estimator.
document.addEventListener("DOMContentLoaded", () => {
  const main = document.getElementById("kb-content");
  const text = main?.querySelector(".kb-text");
  if (!text) return;
  const words = main.dataset;
  const make = (tag, properties) => Object.assign(document.createElement(tag), properties);

  if (text.querySelector("form.kb-estimator")) document.head.append(make("script", { src: beside("estimator.js") }));

  const copies = (button, read) => {
    const said = button.textContent;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(await read());
      button.textContent = words.copied;
      setTimeout(() => { button.textContent = said; }, 2000);
    });
    return button;
  };
  for (const pre of text.querySelectorAll("pre")) {
    if (pre.scrollWidth > pre.clientWidth) pre.tabIndex = 0; // to scroll by keyboard
    const button = make("button", { type: "button", className: "kb-button kb-copy", textContent: words.copy });
    pre.after(copies(button, () => pre.innerText));
  }
  const source = text.querySelector(".kb-about__copy");
  if (source) copies(source.querySelector("button"), async () => (await fetch(source.querySelector("a").href)).text());

  // Steps done, by section; they are remembered for this page on this device.
  const page = `steps ${document.documentElement.dataset.edition} ${location.pathname}`;
  const done = new Set((kept.get(page) ?? "").split(" "));
  text.querySelectorAll("ol.kb-steps").forEach((list, number) => {
    [...list.children].forEach((step, at) => {
      const name = `${number}.${at}`;
      const box = make("input", { type: "checkbox", checked: done.has(name), ariaLabel: words.step.replace("{}", at + 1) });
      box.addEventListener("change", () => {
        done[box.checked ? "add" : "delete"](name);
        kept.set(page, [...done].join(" "));
      });
      step.append(box);
    });
  });

  // Parts of one thing become tabs; the name chosen is chosen wherever it stands, on other pages too.
  const sets = [...text.querySelectorAll(".tabbed-set")].map((set, at) => {
    const list = make("div", { className: "kb-tabs", role: "tablist" });
    const tabs = [...set.children].filter((part) => part.matches(".kb-tab")).map((part, number) => {
      const name = part.firstElementChild.textContent;
      const id = part.id || `kb-tab-${at}-${number}`;
      const tab = make("button", { type: "button", role: "tab", textContent: name, id: `${id}-name` });
      tab.setAttribute("aria-controls", id);
      Object.assign(part, { id, role: "tabpanel" }).setAttribute("aria-labelledby", tab.id);
      tab.addEventListener("click", () => { kept.set("tab", name); for (const each of sets) each(name); });
      list.append(tab);
      return { name, tab, part };
    });
    list.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const here = tabs.findIndex(({ tab }) => tab === document.activeElement);
      if (!step || here < 0) return;
      const { tab } = tabs[(here + step + tabs.length) % tabs.length];
      tab.click();
      tab.focus();
    });
    set.prepend(list);
    const choose = (name, fallback) => {
      if (!tabs.some((each) => each.name === name) && !fallback) return;
      const chosen = tabs.find((each) => each.name === name) ?? tabs[0];
      for (const { tab, part } of tabs) {
        const here = part === chosen.part;
        tab.setAttribute("aria-selected", here);
        tab.tabIndex = here ? 0 : -1;
        part.classList.toggle("kb-tab--off", !here);
      }
    };
    choose(kept.get("tab"), true);
    return choose;
  });
  // What an address names is shown, in a tab as well.
  const unfold = () => {
    const part = document.getElementById(decodeURIComponent(location.hash.slice(1)))?.closest(".kb-tab--off");
    if (part) document.getElementById(`${part.id}-name`).click();
  };
  addEventListener("hashchange", unfold);
  unfold();

  // A report names the section that the reader went to along with the page.
  const report = document.querySelector("a[data-report]");
  report?.addEventListener("click", () => {
    const page = document.querySelector("link[rel=canonical]").href;
    const address = new URL(report.href);
    address.searchParams.set("body", address.searchParams.get("body").replace(/https?:\S+/, page + location.hash));
    report.href = address;
  });
});
