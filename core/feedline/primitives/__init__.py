# SPDX-License-Identifier: Apache-2.0
"""Sampler, Estimator, Executor and plain run: each turns what it is given into a plan."""
