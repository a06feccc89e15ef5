// The site's one script, its parts joined by kb/assets.py in the order of their names; every page
// works without it. It runs before anything is painted, so that a chosen palette does not flash.
"use strict";

/** What the reader chose, kept for all editions; storage may be switched off. */
const kept = {
  get(name) {
    try { return localStorage.getItem(`kb.${name}`); } catch { return null; }
  },
  set(name, value) {
    try { localStorage.setItem(`kb.${name}`, value); } catch { /* the choice lasts as long as the page */ }
  },
};

/** Address of a file that lies beside this script. */
const beside = ((script) => (name) => new URL(name, script).href)(document.currentScript.src);

{
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const show = (palette) => {
    if (palette) root.dataset.palette = palette;
    else delete root.dataset.palette;
    const dark = (palette ?? (system.matches ? "dark" : "light")) === "dark";
    for (const button of document.querySelectorAll("button[data-palette]")) button.ariaPressed = dark;
    return dark;
  };

  root.classList.add("kb-js");
  root.classList.toggle("kb-clipboard", !!navigator.clipboard); // a page without https has none
  show(kept.get("palette"));
  document.addEventListener("DOMContentLoaded", () => show(kept.get("palette")));
  addEventListener("storage", () => show(kept.get("palette"))); // chosen in another tab
  addEventListener("pageshow", () => show(kept.get("palette") ?? root.dataset.palette));
  system.addEventListener("change", () => show(root.dataset.palette));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-palette]");
    if (!button) return;
    const palette = button.ariaPressed === "true" ? "light" : "dark";
    kept.set("palette", palette);
    show(palette);
  });
}
