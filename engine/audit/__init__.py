"""What reads across everything: the cascade, the month table, the origin of a figure, the printed report."""
