"""Telling people of messages while they look elsewhere: on their devices at once, by e-mail after a while.

Nobody is told more than they want to be: of a room what their membership says, at all what their account says, and
nothing in their quiet hours.
"""
