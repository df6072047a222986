"""Models: the bundle format, its runtime, one file a task, and the bundles that ship."""
