# SPDX-License-Identifier: Apache-2.0
"""New plugins: complete packages that pass their own tests at once."""
