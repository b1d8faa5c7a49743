"""Messages of trackers: what they say of obstacles with velocities, one file for each package."""
