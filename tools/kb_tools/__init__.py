"""What no build needs and people or CI ask for beside it: `kb --help` has the commands.

- the web's answer to the links of a built site: web/
- pictures: draw (their text sources), mend (captures), ocr and private (words in pixels)
- pages: importer (an old blog), gfm (GitHub's Markdown as ours), new_edition
- a built site as a host serves it: preview
- what each command does: commands

It builds on `kb`, which finds it by its folder and does without it.
"""
