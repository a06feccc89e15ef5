"""Drawings: text sources rendered to pictures with the kit, and a live preview of them."""
