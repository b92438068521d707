"""What happens by the clock: thin calls into the use cases, in a thread of each console or in a worker."""
