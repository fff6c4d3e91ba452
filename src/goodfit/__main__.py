# SPDX-License-Identifier: Apache-2.0
"""`python -m goodfit` is the program `goodfit`."""

from goodfit._cli import main

if __name__ == "__main__":
    main()
