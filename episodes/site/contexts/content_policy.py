"""The Content-Security-Policy of public pages."""

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; frame-src 'none'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
