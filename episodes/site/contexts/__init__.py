"""What pages show, as values: no request, no response."""
