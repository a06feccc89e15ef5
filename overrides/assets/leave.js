// On pages that only lead on: to a page that moved, or from the site's root to the reader's language.
"use strict";
{
  const { to, english } = document.currentScript.dataset;
  let chosen = null;
  try {
    chosen = localStorage.getItem("kb.locale");
  } catch { /* storage may be switched off */ }
  chosen ??= /^zh\b/i.test(navigator.language || "zh") ? "zh" : "en";
  const target = new URL(english && chosen === "en" ? english : to, location.href);
  target.search = location.search;
  if (location.hash) target.hash = location.hash;
  location.replace(target);
}
