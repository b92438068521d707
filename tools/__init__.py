"""Scripts of the workshop: environments, catalogues, lock files."""
