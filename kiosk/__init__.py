"""The citizens' screens: the touch kiosk, the ticket slip, the phone page that follows a ticket."""
