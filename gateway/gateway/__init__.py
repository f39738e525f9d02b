"""The federated gateway: composes the services' schemas, plans, fetches, merges and protects."""
