"""Who signs in: one model for both desks, in each desk's own schema. An account of one is nothing to the other."""
