"""The container image: what is in it, and the four commands run in it against the emulator."""
