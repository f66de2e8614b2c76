"""The real product around a test: the capture, and a mock model server in front of which it stands."""
