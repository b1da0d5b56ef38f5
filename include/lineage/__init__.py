"""OpenLineage events: which run made which table from which, for a catalogue such as Marquez or DataHub."""
