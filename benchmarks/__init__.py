"""What enforcement costs, measured side by side: raw, hand-written and ours, interleaved in one run."""
