"""Export of episodes as note files, and the serialization format `md`."""
