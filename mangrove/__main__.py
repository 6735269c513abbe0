"""`python -m mangrove` is the command `mangrove`."""

from mangrove.cli import main

main()
