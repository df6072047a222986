"""Public data sets as recordings with labels."""
