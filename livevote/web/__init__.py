"""HTTP and WebSocket: turns requests into calls to the hub. Knows no store."""
