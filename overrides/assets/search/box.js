// Runs before the theme's script: gives its search box our worker, an index that is loaded only when
// it is wanted, and Chinese input.
"use strict"
{
  const element = document.getElementById("__config")
  const config = JSON.parse(element.textContent)
  const index = new URL("search/search_index.json", new URL(config.base, location.href)).href
  const worker = new URL("worker.js", document.currentScript.src)
  worker.search = encodeURIComponent(index)
  element.textContent = JSON.stringify({ ...config, search: worker.href })

  const form = document.forms.search
  // Without a form of this name the theme doesn't load the index; it needs it to highlight ?h=.
  if (!new URLSearchParams(location.search).has("h")) form.removeAttribute("name")

  const input = form.elements.query
  input.addEventListener("focus", () => fetch(index), { once: true }) // the worker then finds it cached
  // The theme listens to keyup alone: half-typed pinyin has one, a tapped character or a paste has none.
  form.addEventListener("keyup", (event) => event.isComposing && event.stopPropagation(), true)
  for (const name of ["input", "compositionend"])
    input.addEventListener(name, (event) => event.isComposing || input.dispatchEvent(new Event("keyup")))
}
