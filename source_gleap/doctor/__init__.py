"""`source-gleap doctor`: asks a project what Gleap's documentation leaves open, and whether that is safe.

It sends GET requests only, fewer than 40. Of what comes back it prints status codes, numbers and the names of fields
that the connector declares, so that its table can be pasted into an issue.
"""
