"""The checks, by topic. Each takes samples and judges them; what the samples do not show is unknown."""
