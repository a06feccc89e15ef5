"""The knowledge base's logic. It never imports MkDocs: `hooks/*.py` adapt its events to this.

Where to look:

- what a problem is: finding (rules), report (formats), rules (their page)
- what lies on disk: project, files, ledger (+ schemas/), clock
- a page's text: source, front_matter, regions (what is code)
- the old blog: legacy/ (tags, convert for a text, importer for whole posts)
- a built site: html, references/ (extract, urls, site, mapping to the Markdown, rules), nearest,
  pool
- the web: web/ (asking, judging, remembering)
- pictures: pictures/ (bytes, rules, mending), figures (on the page)
- drawings: drawings/ (render, preview; kit/ has their look)
- facts: facts/ (entries of the ledger, prose, pages, data, checks, the estimator)
- languages and editions: translations, editions, new_edition, releases, search
- the whole: checks, build, root (+ templates/), cards (+ fonts/), preview
- the commands: __main__ (arguments), commands (what they do)
"""
