"""Scripts behind every claim about speed. Each prints ratios of two things measured side by side, and appends a line of
JSON with the machine's sheet to benchmarks/results/."""
