"""Files of records brought in: mapped, cleaned, checked for duplicates, told row by row, undone."""
