"""Running a plan: fetches, entities, merging, and the answer's shape."""
