// On pages that only lead on: to a page that moved, or from the site's root to the reader's language.
"use strict";
{
  const { to, ways } = document.currentScript.dataset;
  // Of each language the home page, the originals' first; strangers to all are sent to the second.
  const homes = new Map(ways?.split(" ").map((way) => way.split("=")));
  let chosen = null;
  try {
    chosen = localStorage.getItem("kb.locale");
  } catch { /* storage may be switched off */ }
  const wanted = navigator.languages ?? [navigator.language]; // the reader's, the dearest first
  chosen ??= wanted.map((tag) => (tag ?? "").split("-")[0].toLowerCase()).find((tag) => homes.has(tag));
  const target = new URL(homes.get(chosen) ?? [...homes.values()][1] ?? to, location.href);
  target.search = location.search;
  if (location.hash) target.hash = location.hash;
  location.replace(target);
}
