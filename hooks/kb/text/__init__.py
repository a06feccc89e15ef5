"""A page's text: its front matter, what of it is code, what it holds, and checks of it alone."""
