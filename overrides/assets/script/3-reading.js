// Where the reader is: links to sections, the part of the contents in sight, the way to other trees.
document.addEventListener("DOMContentLoaded", () => {
  // Section ids are the same in every language and edition: keep the #section when the reader
  // switches (but not on the way to a home page's notice), and remember the language for `/`.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-switch]");
    if (!link) return;
    link.dataset.plain ??= link.hash && "own"; // a page brought back by Back still has the last one
    if (!link.dataset.plain) link.hash = location.hash;
    if (link.hreflang) kept.set("locale", link.hreflang);
    kept.set("from", location.href);
  }, true);

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
