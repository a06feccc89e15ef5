"""What browsers may load and run on the site's pages (Content Security Policy, level 3)."""

# A host sends it as a header, as `kb preview` does and deploy/ says how; not with photos and the
# like, which a browser opened on one alone lays out with styles of its own.
SPARED = (".avif", ".gif", ".jpg", ".jpeg", ".png", ".webp")
HEADER = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# Each page says it too, for hosts without headers: all but what browsers heed in a header alone.
META = HEADER.removesuffix("; frame-ancestors 'none'")
# What else a host sends with every answer, so does deploy/nginx/.
HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
}
