"""The engines that `rivals.py` runs beside each other: each answers the same question with the same tables."""
