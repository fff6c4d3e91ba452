# SPDX-License-Identifier: Apache-2.0
"""Contract suites: subclass one to hold your own rule, remedy, reader or model to what goodfit promises."""
