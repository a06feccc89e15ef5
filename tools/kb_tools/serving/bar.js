// Only in pages that `mkdocs serve` sends: loads the page again when it has changed, and shows what is wrong
// with what was saved, in a bar below it. What findings say is text: none of it is read as HTML.
{
  let { at } = document.currentScript.dataset;
  let told = "";
  let request;
  const host = document.createElement("kb-findings");
  const root = host.attachShadow({ mode: "open" });
  const make = (name, text, ...children) => {
    const made = document.createElement(name);
    made.textContent = text;
    made.append(...children);
    return made;
  };
  const style = Object.assign(make("link", ""), { rel: "stylesheet", href: "/livereload.css" });

  const opened = (value) => {
    try {
      if (value !== undefined) sessionStorage.setItem("kb-findings", value);
      return sessionStorage.getItem("kb-findings") === "true";
    } catch {
      return value; // storage may be forbidden
    }
  };

  const entry = ({ place, rule, message, hint, fix, error }) => {
    const made = make("li", "", make("code", place), " ", make("code", `[${rule}]`), make("p", message));
    if (hint) made.append(make("p", `→ ${hint}`));
    made.append(make("p", "", make("small", fix)));
    made.className = error ? "error" : "";
    return made;
  };

  const show = ({ title, lang, show, hide, more, findings }) => {
    if (!findings.length) {
      host.remove();
      document.documentElement.style.removeProperty("padding-bottom");
      return;
    }
    const list = make("ol", "", ...findings.map(entry));
    if (more) list.append(make("li", more));
    list.id = "list";
    const button = make("button", "", make("span", title), make("span", ""));
    const set = (open) => {
      button.ariaExpanded = String(open);
      button.lastChild.textContent = open ? hide : show;
      list.hidden = !open;
    };
    button.type = "button";
    button.setAttribute("aria-controls", "list");
    button.onclick = () => set(opened(list.hidden));
    set(opened() ?? false);
    const bar = make("aside", "", button, list);
    bar.lang = lang;
    bar.ariaLabel = title;
    bar.className = findings.some(({ error }) => error) ? "error" : "";
    bar.addEventListener("keydown", ({ key }) => key === "Escape" && set(opened(false)));
    const held = root.activeElement?.localName === "button";
    root.replaceChildren(style, bar);
    if (held) button.focus();
    document.documentElement.style.paddingBottom = "48px"; // the page's last lines come out from below it
    if (!host.isConnected) document.body.append(host);
  };

  const poll = async () => {
    if (request || document.visibilityState !== "visible") return;
    request = new AbortController();
    let wait = 0;
    try {
      const asked = new URLSearchParams({ page: location.pathname, at, told });
      const answer = await fetch(`/livereload/?${asked}`, { signal: request.signal });
      const now = await answer.json();
      if (now.at !== at) {
        location.reload();
        wait = 3000; // it goes on only where the page did not
      } else {
        ({ told } = now);
        show(now);
      }
    } catch {
      wait = 1000; // the server is ended, or this page was hidden
    }
    request = undefined;
    setTimeout(poll, wait);
  };
  document.addEventListener("visibilitychange", () => (document.visibilityState === "visible" ? poll() : request?.abort()));
  addEventListener("pagehide", () => request?.abort());
  addEventListener("pageshow", poll);
}
