"""Files that people attach to records: kept by their content, read through links that expire."""
