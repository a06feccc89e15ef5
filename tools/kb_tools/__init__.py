"""What a maintainer does by hand and no build needs: drawings, imports, mended and read pictures.

`kb draw`, `kb import`, `kb screenshots` and `kb check --ocr` find it here; it builds on `kb`.
"""
