"""The live part: ballots in, commands in order, frames out. Knows no sockets and no Redis."""
