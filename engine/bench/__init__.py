"""Measures the product beside a naive baseline, on the same work in one run. Nothing of the product imports it but the command line."""
