# SPDX-License-Identifier: Apache-2.0
"""From observables to executions and back: terms, families, bases, templates and the fold."""
