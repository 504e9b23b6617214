"""What a workspace's templates name: pictures, fonts and data that somebody uploaded."""
