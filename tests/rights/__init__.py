"""What logins may do on a shared desk, tried over raw connections."""
