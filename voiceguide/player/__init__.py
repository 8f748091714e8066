"""Blocks to a sound device, and the listener's commands."""
