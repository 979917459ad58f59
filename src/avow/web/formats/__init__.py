"""How dates and times are written, by language: the day before the month, twenty-four hours."""
