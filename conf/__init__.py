"""Shipped configuration: ``base.yaml`` holds the recipe, every preset only a runtime."""
