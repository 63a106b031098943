"""The parts of the documents that are made from the connector: `make docs` writes them, a test compares them."""
