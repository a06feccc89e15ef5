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

  // A report names the section that the reader went to along with the page.
  const report = document.querySelector("a[data-report]");
  report?.addEventListener("click", () => {
    const page = document.querySelector("link[rel=canonical]").href;
    const address = new URL(report.href);
    address.searchParams.set("body", address.searchParams.get("body").replace(/https?:\S+/, page + location.hash));
    report.href = address;
  });
});
