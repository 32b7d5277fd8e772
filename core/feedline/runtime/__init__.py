# SPDX-License-Identifier: Apache-2.0
"""Queue, leases, jobs and the job store."""
