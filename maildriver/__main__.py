"""`python -m maildriver` is the command `maildriver`."""

from maildriver.cli import main

main()
