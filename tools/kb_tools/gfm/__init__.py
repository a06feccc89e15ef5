"""GitHub's Markdown, as most generators read it -> Markdown that Python-Markdown reads the same.

- tree: a text as markdown-it reads it; where its links lead and what HTML it may hold is asked for
- writer: a tree as Markdown in explicit forms
- page: both rendered and compared; a block without such a form is written as HTML
- same: what a reader gets from HTML, as a list that can be compared
"""
