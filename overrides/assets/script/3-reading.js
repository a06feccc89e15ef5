// Where the reader is: links to sections, the part of the contents in sight, the way to other trees.
document.addEventListener("DOMContentLoaded", () => {
  // A switch leads on from the section that is being read when it is used: to the same id in the
  // other language, in another edition to where the list below the text says.
  const lead = ({ target }) => {
    const link = target.closest?.("a[data-switch]");
    if (!link) return;
    link.dataset.to ??= link.getAttribute("href"); // as built; Back brings a changed one back
    link.setAttribute("href", onward(link) ?? link.dataset.to);
    if (link.hreflang) kept.set("locale", link.hreflang);
    kept.set("from", location.href);
  };
  const onward = ({ dataset: { to, edition, switch: kind } }) => {
    const at = document.getElementById(decoded(location.hash));
    if (kind === "language" || edition === document.documentElement.dataset.edition) return at && to + location.hash;
    const headings = [...document.querySelectorAll(".kb-text :is(h1, h2, h3, h4, h5, h6)[id]")];
    const read = at && headings.findLast((heading) => heading === at || heading.compareDocumentPosition(at) & 4);
    if (!read || read.tagName === "H1") return null;
    const list = document.querySelector(`.kb-where[data-edition="${edition}"]`);
    const way = list?.querySelector(`[data-section="${CSS.escape(read.id)}"]`)?.getAttribute("href");
    return way ?? (to.includes("#") ? to : `${to}#section-not-in-this-edition`);
  };
  const decoded = (hash) => {
    try {
      return decodeURIComponent(hash.slice(1));
    } catch {
      return ""; // not ours
    }
  };
  for (const kind of ["click", "auxclick", "contextmenu"]) document.addEventListener(kind, lead, true);

  const lost = location.hash === "#not-in-this-edition" && document.querySelector(location.hash);
  const from = kept.get("from"); // no page tells the next one where the reader comes from
  if (lost && from) lost.append(" ", Object.assign(document.createElement("a"), { href: from, textContent: lost.dataset.back }));

  document.addEventListener("click", ({ target }) => {
    if (target.closest("a[href='#kb-notes']")) document.getElementById("kb-notes").open = true;
  });

  const toc = document.getElementById("kb-toc");
  if (!toc) return;
  const links = [...toc.querySelectorAll("a")];
  const targets = links.map((link) => document.getElementById(decodeURIComponent(link.hash.slice(1))));
  let waiting = false;
  const follow = () => {
    waiting = false;
    const at = targets.findLastIndex((target) => target?.getBoundingClientRect().top < innerHeight * 0.3);
    for (const [index, link] of links.entries()) {
      if (index === at) link.ariaCurrent = "true";
      else link.removeAttribute("aria-current");
    }
  };
  document.addEventListener("scroll", () => {
    if (!waiting) requestAnimationFrame(follow);
    waiting = true;
  }, { passive: true });
  follow();
});
