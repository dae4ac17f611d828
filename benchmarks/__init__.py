"""Measurements on statements whose truth is known; nothing here ships with the package."""
