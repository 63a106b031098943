"""The questions, by topic. Each asks for samples and judges them; what they do not show is not called safe."""
