"""The benchmark of Standin and of the servers it is measured against: `make bench`."""
