"""What YAML cannot say: how a list is paged (`paging`) and how an answer becomes records (`records`).

The modules import nothing of this package, so that the manifest can be lifted out with them.
"""
