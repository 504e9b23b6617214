"""What tests share: the real service as a child, pictures as letters, pictures by hash."""
