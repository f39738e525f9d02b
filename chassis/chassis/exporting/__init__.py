"""Lists written out whole: CSV, spreadsheets and JSON lines, streamed."""
