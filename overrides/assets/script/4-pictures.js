// A picture, enlarged in place: it fits the window first, a press shows it in full size.
// Without this script its link opens the file.
document.addEventListener("DOMContentLoaded", () => {
  const dialog = document.getElementById("kb-picture");
  if (!dialog) return;
  const links = [...document.querySelectorAll("a.kb-zoom")];
  const frame = dialog.querySelector(".kb-picture__frame");
  const [previous, next] = dialog.querySelectorAll("[data-step]");
  let at = 0;

  const show = (index) => {
    at = index;
    const link = links[at];
    const small = link.querySelector("img");
    // On a phone a picture may have a tall form of its own; its file is no larger one then.
    const src = small.currentSrc.includes(".phone.") ? small.currentSrc : link.href;
    const large = Object.assign(new Image(), { src, alt: small.alt });
    large.classList.toggle("kb-drawn", !!link.closest(".kb-figure--drawing"));
    dialog.ariaLabel = small.alt;
    dialog.classList.remove("kb-picture--full");
    frame.replaceChildren(large);
    previous.disabled = at === 0;
    next.disabled = at === links.length - 1;
  };
  const step = (by) => links[at + by] && show(at + by);

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.kb-zoom");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
    event.preventDefault();
    show(links.indexOf(link));
    dialog.showModal();
  });
  dialog.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (button?.dataset.step) step(Number(button.dataset.step));
    else if (target.matches("img")) dialog.classList.toggle("kb-picture--full");
    else dialog.close();
  });
  dialog.addEventListener("keydown", ({ key }) => {
    if (key === "ArrowLeft" || key === "ArrowRight") step(key === "ArrowLeft" ? -1 : 1);
  });
});
