"""Trained models: each engine speaks in child processes, which alone load its libraries."""
