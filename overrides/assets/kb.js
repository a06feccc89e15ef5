// Reading aids; every page works without them.
(() => {
  "use strict";

  // Section ids are the same in every language and edition: keep the #section when the reader
  // switches (but not on the way to a home page's notice), and remember the language for `/`.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.md-select__link");
    if (!link) return;
    if (!link.hash) link.hash = location.hash;
    try {
      if (link.hreflang) localStorage.setItem("kb.locale", link.hreflang);
    } catch { /* storage may be switched off */ }
  }, true);

  // Enlarge a picture in place; without this script its link opens the file.
  const dialog = document.createElement("dialog");
  dialog.className = "kb-dialog";
  dialog.innerHTML = '<button type="button">✕</button><div class="kb-dialog__frame"></div>';
  const [button, frame] = dialog.children;
  dialog.addEventListener("click", () => dialog.close());
  document.body.append(dialog);

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.kb-zoom");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
    event.preventDefault();
    const shown = link.querySelector("img");
    const large = new Image();
    large.src = link.href;
    large.alt = shown.alt;
    if (link.closest(".kb-figure--drawing")) large.className = "kb-drawn";
    // Pictures are drawn at 2× density: their own width is half their pixels.
    const own = shown.getAttribute("width") / 2;
    large.style.width = `max(min(96vw, ${own * 1.5}px), min(${own}px, 900px))`;
    button.ariaLabel = link.dataset.close;
    dialog.ariaLabel = shown.alt;
    frame.replaceChildren(large);
    dialog.showModal();
  });
})();
