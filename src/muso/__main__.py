"""`python -m muso`"""

from muso.cli import main

main()
