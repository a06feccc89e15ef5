/* Makes the text as large as the panels allow, then reports what still does not fit.
   ([largest, smallest]) => {base, limit, least, problems: [[text, reason]]}; sizes in CSS pixels. */
([largest, smallest]) => {
  const canvas = document.querySelector(".canvas");
  const slack = 1.5;
  const outside = (r, box, pad = 0) =>
    r.left < box.left - slack || r.right > box.right + slack ||
    r.top < box.top - slack || r.bottom > box.bottom - pad + slack;
  const meet = (a, b) =>
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > slack &&
    Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > slack;
  // Text keeps half of the padding at the sides of its box free.
  const inner = (el) => {
    const box = el.getBoundingClientRect();
    if (el === canvas) return box; // its margin carries the credit
    const style = getComputedStyle(el);
    return { top: box.top, bottom: box.bottom, left: box.left + parseFloat(style.paddingLeft) / 2,
      right: box.right - parseFloat(style.paddingRight) / 2 };
  };
  const short = (el) => (el.textContent.trim() || el.className.baseVal || el.className).slice(0, 48);

  // The ink of a line of text: the font's own line box is taller than any glyph in it.
  const inkOf = (node) => {
    const style = getComputedStyle(node.parentElement);
    const em = parseFloat(style.fontSize);
    const range = document.createRange();
    range.selectNodeContents(node);
    return [...range.getClientRects()].filter((r) => r.width > 0).map((r) =>
      style.writingMode.startsWith("vertical")
        ? { left: r.left + 0.24 * em, right: r.right - 0.24 * em, top: r.top, bottom: r.bottom }
        : { left: r.left, right: r.right, top: r.bottom - 1.14 * em, bottom: r.bottom - 0.25 * em });
  };

  const problems = () => {
    const found = [];
    const texts = [];
    const walker = document.createTreeWalker(canvas, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode;
      if (!node.data.trim()) continue;
      const ink = inkOf(node);
      texts.push([node, ink]);
      for (let box = node.parentElement; box !== canvas.parentElement; box = box.parentElement) {
        if (getComputedStyle(box).display === "inline") continue;
        if (ink.some((r) => outside(r, inner(box)))) {
          found.push([short(node), `sticks out of its ${box.className || box.localName}`]);
          break;
        }
      }
    }
    for (const screen of canvas.querySelectorAll(".screen")) {
      const box = screen.getBoundingClientRect();
      const pad = parseFloat(getComputedStyle(screen).paddingBottom);
      for (const el of screen.querySelectorAll("*:not(svg, svg *, .fill, .fill *)"))
        if (el.offsetParent && outside(el.getBoundingClientRect(), box, el.closest(".press") ? pad / 2 : pad)) {
          found.push([short(el), "leaves its screen"]);
          break;
        }
    }
    for (const bar of canvas.querySelectorAll(".blank, .icon, .action"))
      if (outside(bar.getBoundingClientRect(), bar.parentElement.getBoundingClientRect()))
        found.push([short(bar.parentElement), "has no room for its bar, icon or action"]);
    texts.forEach(([a, inkA], i) => texts.slice(i + 1).forEach(([b, inkB]) => {
      if (inkA.some((r) => inkB.some((s) => meet(r, s)))) found.push([short(a), `runs into “${short(b)}”`]);
    }));
    for (const hand of canvas.querySelectorAll(".hand")) {
      const box = hand.getBoundingClientRect();
      for (const [node, ink] of texts)
        if (ink.some((r) => meet(r, box))) found.push([short(node), "is covered by the pointer"]);
      if (outside(box, canvas.getBoundingClientRect()))
        found.push([short(hand.closest(".press")), "has its pointer outside the picture"]);
    }
    return found;
  };

  let base = largest;
  let found;
  let limit = "";
  for (; ; base -= 0.25) {
    document.documentElement.style.setProperty("--base", base);
    found = problems();
    if (!found.length || base - 0.25 < smallest) break;
    limit = found[0].join(" ");
  }
  const sizes = [...canvas.querySelectorAll("*")]
    .filter((el) => [...el.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
    .map((el) => [parseFloat(getComputedStyle(el).fontSize), short(el)]);
  canvas.style.height = `${Math.ceil(canvas.getBoundingClientRect().height)}px`;
  return { base, least: sizes.reduce((a, b) => (b[0] < a[0] ? b : a)), problems: found, limit };
}
