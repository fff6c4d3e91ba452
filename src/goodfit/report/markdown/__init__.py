# SPDX-License-Identifier: Apache-2.0
"""The story as Markdown, for pull requests, job summaries and notebooks: the same rows as in the terminal."""
