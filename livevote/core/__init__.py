"""The rules of the show: pure functions and values. No clock, no chance, no input or output."""
