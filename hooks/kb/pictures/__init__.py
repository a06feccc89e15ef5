"""Pictures: what their bytes say, whether they read well, tell nothing private and are fresh."""

WIDE = 760  # CSS pixels that a picture is made for: the column, and some to enlarge
DENSITY = 2  # pixels of a file for one of these, on a fine screen
