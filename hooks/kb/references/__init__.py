"""References of a built site: each link, anchor and picture, followed to what it leads to."""
