"""Translations: the same pages, the same sections, the same meaning in every language."""
