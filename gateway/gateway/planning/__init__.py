"""From a request's text to an operation that is ready to run."""
