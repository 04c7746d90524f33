"""Checks of the app's conf files and SPL that no public validator makes."""
