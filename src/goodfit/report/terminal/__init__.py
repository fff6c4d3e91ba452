# SPDX-License-Identifier: Apache-2.0
"""The story in the terminal: rows come from the modules above, here they get width, symbols and colour."""
