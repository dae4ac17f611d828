"""Coverage-guided fuzzing of everything that reads files; run by `make fuzz`."""
