"""The laboratory: networks, recipes, training, export."""
