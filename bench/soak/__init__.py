"""Many mixed renders through the real service, some of them faulty, and what is left after."""
