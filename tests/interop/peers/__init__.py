"""Real mail and DNS servers for the tests, from folders that tests/peers/unpack fetched."""
