"""Every endpoint of the service refuses in every way, and the program does what the table says."""
