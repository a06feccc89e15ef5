"""What no build needs and people or CI ask for beside it: `kb --help` has the commands.

- links of any built site: links; the web's answer to them: web/; sources of facts: watch/
- what wants doing: status; what people vouch for: stamp, release; how it is told: report, tracking
- pictures: draw (their text sources), mend (captures), ocr and private (words in pixels)
- pages: importer (an old blog), gfm (GitHub's Markdown as ours), new_edition
- a site that is being edited: serving/ (server, site, what a save touches, the bar of findings);
  a built one as a host serves it: preview
- what each command is told and does: commands, or the module of its name; arguments has the kinds
- what people keep is changed by one writer: writing

It builds on `kb`, which finds it by its folder and does without it.
"""
