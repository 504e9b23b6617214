"""What people do with a batch that goes on: cancel, pause, approve, try again, mend a row."""
