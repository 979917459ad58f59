"""The console: what the company's staff see and decide. Everything goes through the desk, and every look is recorded."""
