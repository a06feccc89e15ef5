// A value's card: its date and sources, where the value stands. Without this its link leads to them.
document.addEventListener("DOMContentLoaded", () => {
  const card = document.getElementById("kb-fact");
  if (!card?.showPopover) return;
  let opener;

  const place = () => {
    const value = opener.getClientRects()[0];
    const { offsetWidth, offsetHeight } = card;
    const below = value.bottom + offsetHeight + 12 < innerHeight || value.top < offsetHeight + 72;
    card.style.left = `${Math.max(12, Math.min(value.left, innerWidth - offsetWidth - 12))}px`;
    card.style.top = `${below ? value.bottom + 6 : value.top - offsetHeight - 6}px`;
  };
  const make = (tag, properties) => Object.assign(document.createElement(tag), properties);

  for (const link of document.querySelectorAll("a.kb-fact[data-note]")) link.ariaHasPopup = "dialog";
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.kb-fact");
    const note = link && document.getElementById(link.hash.replace(/^#(kb-)?/, "kb-"));
    if (!note || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
    event.preventDefault();
    opener = link;
    const list = make("dl", { className: "kb-facts" });
    list.append(note.cloneNode(true));
    list.firstChild.removeAttribute("id");
    const all = make("a", { href: link.href, textContent: card.dataset.all, className: "kb-button" });
    const close = make("button", { type: "button", textContent: card.dataset.close, className: "kb-button" });
    close.addEventListener("click", () => card.hidePopover());
    const foot = make("p", {});
    foot.append(all, close);
    card.replaceChildren(list, foot);
    card.showPopover();
    place();
    close.focus({ preventScroll: true });
  });
  card.addEventListener("beforetoggle", ({ newState }) => {
    if (newState === "open") opener.ariaExpanded = "true";
    else opener.removeAttribute("aria-expanded");
  });
  addEventListener("scroll", () => card.matches(":popover-open") && place(), { passive: true });

  // Printed, they are footnotes.
  const notes = document.getElementById("kb-notes");
  let open;
  addEventListener("beforeprint", () => { open = notes.open; notes.open = true; });
  addEventListener("afterprint", () => { notes.open = open; });
});
