# SPDX-License-Identifier: Apache-2.0
"""Findings in the formats that other programs read: SARIF, JUnit XML, GitHub's workflow commands."""
