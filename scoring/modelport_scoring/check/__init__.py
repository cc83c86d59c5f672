"""Read a script or a pickle and say what is wrong with it; standard library only."""
