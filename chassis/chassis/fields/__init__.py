"""Fields that a company adds to its records without code: types, definitions, forms, values."""
