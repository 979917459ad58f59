"""Changes of the centre's own tables, in order."""
