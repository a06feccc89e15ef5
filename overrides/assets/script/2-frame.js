// Drawer, menus and search: what opens says so, and what is open closes when the reader leaves it.
document.addEventListener("DOMContentLoaded", () => {
  for (const panel of document.querySelectorAll("[popover]")) {
    const buttons = document.querySelectorAll(`[popovertarget="${panel.id}"]:not([popovertargetaction])`);
    panel.addEventListener("beforetoggle", ({ newState }) => {
      for (const button of buttons) button.ariaExpanded = newState === "open";
    });
    const close = () => panel.matches(":popover-open") && panel.hidePopover();
    // Tab walks out of an open panel: it would hide what has the focus then.
    panel.addEventListener("focusout", ({ relatedTarget }) => relatedTarget && !panel.contains(relatedTarget) && close());
    panel.addEventListener("click", ({ target }) => target.closest("a[href^='#']") && close());
  }

  // The page's policy lets no form be sent: where one leads, this goes.
  for (const form of document.querySelectorAll("form.kb-form"))
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      location.assign(`${form.action}?${new URLSearchParams(new FormData(form))}`);
    });

  const search = document.getElementById("kb-search");
  if (!search) return;
  const openers = document.querySelectorAll("[data-open=search]");
  const open = () => {
    if (search.open) return;
    if (!search.dataset.brought) {
      search.dataset.brought = "yes";
      document.head.append(Object.assign(document.createElement("script"), { src: beside("search/box.js") }));
    }
    search.showModal();
    for (const opener of openers) opener.ariaExpanded = true;
  };
  search.addEventListener("close", () => {
    for (const opener of openers) opener.ariaExpanded = false;
  });
  // A press beside the dialog meets its backdrop, which counts as the dialog itself.
  search.addEventListener("click", ({ target }) => (target === search || target.closest("[data-close]")) && search.close());
  for (const opener of openers) opener.addEventListener("click", open);
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    const wanted = event.key === "k" ? event.ctrlKey || event.metaKey : event.key === "/" && !typing && !event.ctrlKey;
    if (!wanted || event.altKey || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    open();
  });
  const asked = new URLSearchParams(location.search).get("q"); // from the form of the 404 page
  if (asked) {
    search.querySelector("input").value = asked;
    open();
  }
});
