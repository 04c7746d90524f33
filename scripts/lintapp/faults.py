"""The list of faults, each with its place, without repetitions."""


class Faults:
    def __init__(self):
        self.found = []

    def add(self, place, text):
        line = f"{place}: {text}"
        if line not in self.found:
            self.found.append(line)

    def at(self, place):
        """Returns a function that adds faults of one place."""
        return lambda text: self.add(place, text)
