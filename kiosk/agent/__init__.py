"""The kiosk's agent: prints, holds numbers for when the server is away, and serves the kiosk's page.

It runs beside the printer, alone: nothing in it needs the server's code. `python -m kiosk agent`.
"""
