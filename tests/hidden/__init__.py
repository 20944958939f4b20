"""Hidden tests and named misconceptions, one module for each topic's exercises."""
