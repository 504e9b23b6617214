"""What people use instead: each installed by the bench itself, tuned as its own documents say."""
