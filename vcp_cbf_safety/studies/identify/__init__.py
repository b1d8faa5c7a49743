"""How a base answers, measured from a recording or by driving a short pattern."""
