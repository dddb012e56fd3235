"""What cells of a table say, for those who check them and those who read them."""
