"""The rules a citizen or an officer would recognise. Standard library only, time is an argument."""
