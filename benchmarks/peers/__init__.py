"""What people use instead, measured on the same items, each in an environment of its own."""
