"""Checks the app's conf files and SPL beyond what public validators check."""
