"""Law as data: clocks, extensions, pauses, fees and grounds by jurisdiction, each with its source. Refuses to give advice."""
