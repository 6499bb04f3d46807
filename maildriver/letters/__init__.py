"""Course folders become lesson versions, and lesson versions become message bytes."""
