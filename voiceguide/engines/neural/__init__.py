"""Neural engines: each speaks in child processes; only these load its libraries."""
