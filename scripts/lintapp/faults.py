"""What was found wrong: each fault with its place, each once."""


class Faults:
    def __init__(self):
        self.found = []

    def add(self, place, text):
        line = f"{place}: {text}"
        if line not in self.found:
            self.found.append(line)

    def at(self, place):
        """A function that files faults of one place."""
        return lambda text: self.add(place, text)
