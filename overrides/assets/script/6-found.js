// The words that led here from the search, marked in the text: nothing is written into the page.
document.addEventListener("DOMContentLoaded", () => {
  let words = [];
  try {
    words = JSON.parse(sessionStorage.getItem("kb.found") ?? "[]");
    sessionStorage.removeItem("kb.found");
  } catch { /* storage may be switched off */ }
  const text = document.querySelector(".kb-text");
  if (!words.length || !text || !globalThis.Highlight) return;
  const ranges = [];
  const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const plain = node.data.toLowerCase();
    if (plain.length !== node.length) continue; // a few letters grow in lower case
    for (const word of words)
      for (let at = plain.indexOf(word); at >= 0; at = plain.indexOf(word, at + word.length))
        ranges.push(new StaticRange({ startContainer: node, startOffset: at, endContainer: node, endOffset: at + word.length }));
  }
  CSS.highlights.set("kb-found", new Highlight(...ranges));
});
