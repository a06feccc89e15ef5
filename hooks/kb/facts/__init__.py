"""Facts: values stated once, with date and sources; in pages, in data, and checked."""
