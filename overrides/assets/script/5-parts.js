// Parts of single pages: samples and pages to copy, steps to tick off, the estimator.
document.addEventListener("DOMContentLoaded", () => {
  const main = document.getElementById("kb-content");
  const text = main?.querySelector(".kb-text");
  if (!text) return;
  const words = main.dataset;
  const make = (tag, properties) => Object.assign(document.createElement(tag), properties);

  if (text.querySelector("form.kb-estimator")) document.head.append(make("script", { src: beside("estimator.js") }));

  const copier = (said, read) => {
    const button = make("button", { type: "button", className: "kb-button kb-copy", textContent: said });
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(await read());
      button.textContent = words.copied;
      setTimeout(() => { button.textContent = said; }, 2000);
    });
    return button;
  };
  for (const code of text.querySelectorAll("pre")) if (code.scrollWidth > code.clientWidth) code.tabIndex = 0; // to scroll by keyboard

  if (navigator.clipboard) {
    for (const code of text.querySelectorAll("pre > code")) code.parentElement.after(copier(words.copy, () => code.innerText));
    const source = text.querySelector(".kb-about__copy");
    source?.prepend(copier(words.copyPage, async () => (await fetch(source.querySelector("a").href)).text()));
  }

  // Steps done, by section; they are remembered for this page on this device.
  const page = `steps ${document.documentElement.dataset.edition} ${location.pathname}`;
  const done = new Set((kept.get(page) ?? "").split(" "));
  for (const heading of (words.steps ?? "").split(" ").map((id) => document.getElementById(id))) {
    let list = heading?.nextElementSibling;
    while (list && !list.matches("ol, h1, h2, h3")) list = list.nextElementSibling;
    if (!list?.matches("ol")) continue;
    list.classList.add("kb-steps");
    [...list.children].forEach((step, at) => {
      const name = `${heading.id}.${at + 1}`;
      const box = make("input", { type: "checkbox", checked: done.has(name), ariaLabel: words.step.replace("{}", at + 1) });
      box.addEventListener("change", () => {
        done[box.checked ? "add" : "delete"](name);
        kept.set(page, [...done].join(" "));
      });
      step.append(box);
    });
  }

  const report = document.querySelector("a[data-report]");
  report?.addEventListener("click", () => {
    // The section in sight goes along with the page's address.
    const part = document.querySelector("#kb-toc a[aria-current]")?.hash;
    const address = new URL(report.href);
    const body = address.searchParams.get("body");
    const here = location.href.split("#")[0];
    if (part && body.includes(here)) {
      address.searchParams.set("body", body.replace(/(?<=: |：)\S*/, here + part));
      report.href = address;
    }
  });
});
