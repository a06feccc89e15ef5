"""The knowledge base's logic. It never imports MkDocs: `hooks/*.py` adapt its events to this.

Where to look:

- what a problem is: finding, rules (their table)
- what lies on disk: project, files, ledger (+ schemas/), data (tables beside code), clock
- a page's text: text/ (page, front_matter, regions: what is code, checks of a text alone), inline
  (Markdown within a line, sooner)
- the old blog: legacy/ (tags, convert for a text)
- a built site: html, references/ (extract, urls, site, mapping to the Markdown, checks), nearest,
  pool
- links to the web: web/ (the ledger of what is known, marks on the page, links that pay)
- pictures: pictures/ (bytes, checks, freshness), figures (on the page)
- drawings: drawings/ (checks of sources and of what was drawn; kit/ has their look)
- facts: facts/ (entries of the ledger, prose, pages, data, checks, the estimator, typed.yml)
- languages and editions: translations, editions, paths (links between them), releases, search
- the whole: checks, build, kept (what one build leaves to the next), root, cards (+ fonts/);
  markup: render (+ templates/)
- the commands: __main__ (commands.yml: which module has which), commands (check and build),
  terminal (what all have in common)

What is asked for beside a build is in `tools/kb_tools/`: links of any site and the web's answer to
them, what is due, stamps, releases, drawing, importing posts, starting an edition, mending
captures, reading the words in pictures, a preview.
"""
