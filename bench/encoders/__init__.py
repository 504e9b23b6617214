"""What each way of encoding costs and what it leaves: `python -m bench.encoders`."""
