"""An embedded simulator and nominal drivers, for the demo and the tests."""
