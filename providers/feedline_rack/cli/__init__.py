# SPDX-License-Identifier: Apache-2.0
"""Commands: each is a module with a click command of the same name; what they need is imported when they run."""
