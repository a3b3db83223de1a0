"""The task page: what is asked, the form, and what stands beside it."""
