// Parts of single pages: the estimator, and a button that copies a sample of code.
document.addEventListener("DOMContentLoaded", () => {
  if (document.querySelector("form.kb-estimator"))
    document.head.append(Object.assign(document.createElement("script"), { src: beside("estimator.js") }));

  const words = document.getElementById("kb-content").dataset;
  for (const code of navigator.clipboard ? document.querySelectorAll(".kb-text pre > code") : []) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "kb-button kb-copy", textContent: words.copy });
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(code.innerText);
      button.textContent = words.copied;
      setTimeout(() => { button.textContent = words.copy; }, 2000);
    });
    code.parentElement.after(button);
  }
});
