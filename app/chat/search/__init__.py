"""Finding messages again: what is kept to find them by, and who finds what. See docs/adr/0007-search.md."""
